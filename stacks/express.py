"""The service on ECS Express Mode."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from microservice import ExpressMicroservice, Image, ServiceSpec, log_group


class ExpressStack(cdk.Stack):
    """Surroundings of `ExpressMicroservice`: its cluster, and what it may touch."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        synthesizer: cdk.IStackSynthesizer,
        spec: ServiceSpec,
        image: Image,
        table: dynamodb.ITable,
        token: secretsmanager.ISecret,
        vpc: ec2.IVpc,
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer)
        service = ExpressMicroservice(
            self,
            "Orders",
            spec=spec.with_environment(TABLE_NAME=table.table_name, API_TOKEN_SECRET_ARN=token.secret_arn),
            image=image,
            cluster=self._cluster(vpc),
            health_command=["python", "-m", "orders", "healthcheck", spec.health_path],
        )
        table.grant_read_write_data(service.role)
        token.grant_read(service.role)
        cdk.CfnOutput(self, "Url", value=service.url)

    def _cluster(self, vpc: ec2.IVpc) -> ecs.Cluster:
        insights = ecs.ContainerInsights.ENHANCED
        cluster = ecs.Cluster(
            self, "Cluster", vpc=vpc, container_insights_v2=insights, enable_fargate_capacity_providers=True
        )
        # ECS would make this one itself with the first task, and nothing would ever delete it.
        log_group(self, "InsightsLogs", name=f"/aws/ecs/containerinsights/{cluster.cluster_name}/performance")
        return cluster
