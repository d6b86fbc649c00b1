"""The service in EKS Auto Mode."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from microservice import EksAutoMicroservice, HttpApiVpcLink, Image, ServiceSpec


class EksAutoStack(cdk.Stack):
    """Surroundings of `EksAutoMicroservice`: who calls it, and what it may touch."""

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
        cluster: eks.ICluster,
        link: HttpApiVpcLink,
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer)
        service = EksAutoMicroservice(
            self,
            "Orders",
            spec=spec.with_environment(TABLE_NAME=table.table_name, API_TOKEN_SECRET_ARN=token.secret_arn),
            image=image,
            cluster=cluster,
            ingress=link,
        )
        table.grant_read_write_data(service.role)
        token.grant_read(service.role)
        cdk.CfnOutput(self, "Url", value=service.url)
