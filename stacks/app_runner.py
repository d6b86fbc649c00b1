"""The service on App Runner, which is closed to new customers: off unless asked for."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from microservice import AppRunnerMicroservice, Image, ServiceSpec


class AppRunnerStack(cdk.Stack):
    """Surroundings of `AppRunnerMicroservice`: what it may touch."""

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
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer)
        service = AppRunnerMicroservice(
            self,
            "Orders",
            spec=spec.with_environment(TABLE_NAME=table.table_name, API_TOKEN_SECRET_ARN=token.secret_arn),
            image=image,
        )
        table.grant_read_write_data(service.role)
        token.grant_read(service.role)
        cdk.CfnOutput(self, "Url", value=service.url)
