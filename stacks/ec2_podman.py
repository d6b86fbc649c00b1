"""The service on EC2 instances with Podman."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from microservice import Ec2PodmanMicroservice, HttpApiVpcLink, Image, ServiceSpec


class Ec2PodmanStack(cdk.Stack):
    """Surroundings of `Ec2PodmanMicroservice`: who calls it, and what it may touch."""

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
        link: HttpApiVpcLink,
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer)
        service = Ec2PodmanMicroservice(
            self,
            "Orders",
            spec=spec.with_environment(TABLE_NAME=table.table_name, API_TOKEN_SECRET_ARN=token.secret_arn),
            image=image,
            vpc=vpc,
            ingress=link,
            health_command=["python", "-m", "orders", "healthcheck", spec.health_path],
        )
        table.grant_read_write_data(service.role)
        token.grant_read(service.role)
        cdk.CfnOutput(self, "Url", value=service.url)
