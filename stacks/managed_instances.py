"""The service on ECS Managed Instances."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from microservice import HttpApiVpcLink, Image, ManagedInstancesMicroservice, ServiceSpec


class ManagedInstancesStack(cdk.Stack):
    """Surroundings of `ManagedInstancesMicroservice`: who calls it, and what it may touch."""

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
        cluster: ecs.ICluster,
        link: HttpApiVpcLink,
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer)
        service = ManagedInstancesMicroservice(
            self,
            "Orders",
            spec=spec.with_environment(TABLE_NAME=table.table_name, API_TOKEN_SECRET_ARN=token.secret_arn),
            image=image,
            cluster=cluster,
            ingress=link,
            health_command=["python", "-m", "orders", "healthcheck", spec.health_path],
        )
        table.grant_read_write_data(service.role)
        token.grant_read(service.role)
        cdk.CfnOutput(self, "Url", value=service.url)
