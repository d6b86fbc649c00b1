"""The data of the sample service."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from microservice import acknowledge

from .target_stack import CUSTOMER_INDEX


class OrdersStack(cdk.Stack):
    """The orders table with its stream, and the secret with the API token."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.table = _table(self)
        self.token = secretsmanager.Secret(
            self,
            "ApiToken",
            description="Bearer token of the orders API",
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=40),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        rotation = "you rotate the token together with its callers; the service accepts a new value within minutes"
        acknowledge(self.token, "AwsSolutions-SMG4", rotation)
        cdk.CfnOutput(self, "TableName", value=self.table.table_name)
        cdk.CfnOutput(self, "ApiTokenSecretArn", value=self.token.secret_arn)


def _table(scope: Construct) -> dynamodb.Table:
    table = dynamodb.Table(
        scope,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        time_to_live_attribute="expires_at",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    table.add_global_secondary_index(
        index_name=CUSTOMER_INDEX,
        partition_key=dynamodb.Attribute(name="customer", type=dynamodb.AttributeType.STRING),
        sort_key=dynamodb.Attribute(name="placed_at", type=dynamodb.AttributeType.STRING),
    )
    table.add_global_secondary_index(
        index_name="open_orders",
        partition_key=dynamodb.Attribute(name="open", type=dynamodb.AttributeType.STRING),
        sort_key=dynamodb.Attribute(name="placed_at", type=dynamodb.AttributeType.STRING),
        projection_type=dynamodb.ProjectionType.INCLUDE,
        non_key_attributes=["status", "execution"],
    )
    return table
