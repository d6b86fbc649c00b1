"""The service on Elastic Beanstalk."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from microservice import BeanstalkMicroservice, HttpApiVpcLink, Image, ServiceSpec


class BeanstalkStack(cdk.Stack):
    """Surroundings of `BeanstalkMicroservice`: who calls it, what it may touch, and the platform as a parameter."""

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
        platform_version = cdk.CfnParameter(
            self,
            "PlatformVersion",
            default=BeanstalkMicroservice.PLATFORM_VERSION,
            allowed_pattern=r"\d+\.\d+\.\d+",
            description="Of Docker on Amazon Linux 2023; see: aws elasticbeanstalk list-available-solution-stacks",
        )
        service = BeanstalkMicroservice(
            self,
            "Orders",
            spec=spec.with_environment(TABLE_NAME=table.table_name, API_TOKEN_SECRET_ARN=token.secret_arn),
            image=image,
            vpc=vpc,
            ingress=link,
            health_command=["python", "-m", "orders", "healthcheck", spec.health_path],
            platform_version=platform_version.value_as_string,
        )
        table.grant_read_write_data(service.role)
        token.grant_read(service.role)
        cdk.CfnOutput(self, "Url", value=service.url)
