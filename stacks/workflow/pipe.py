"""The EventBridge Pipe from the table's stream to the state machine."""

import json

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from microservice import acknowledge, restrict_trust

_PLACED = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}
# Quoted, so that an order without a trace still results in valid JSON.
_INPUT = {"order_id": "<$.dynamodb.NewImage.id.S>", "trace": "<$.dynamodb.NewImage.trace.S>"}


class OrderPipe(Construct):
    """An EventBridge Pipe that starts an execution for each placed order: billed by million events after the filter.

    If no execution can be started, the order stays PLACED. Start one yourself; that is safe even if one was started,
    because every step is idempotent (ARN is the stack's output `StateMachineArn`):

        aws stepfunctions start-execution --state-machine-arn ARN --input '[{"order_id": "ord_...", "trace": ""}]'

    Attributes:
        dead_letters: Dead-letter queue of stream records for which no execution could be started. A message has the
            shard and the sequence number; `aws dynamodbstreams get-shard-iterator` and `get-records` return the order
            for 24 hours. Later, find the orders in the table that stay PLACED.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, table: dynamodb.ITable, state_machine: sfn.IStateMachine
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.dead_letters, "AwsSolutions-SQS3", "this is the dead-letter queue of the pipe, and has an alarm"
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("pipes.amazonaws.com"))
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
        restrict_trust(role, service="pipes", resource="pipe/*")
        _grant_read(role, str(table.table_stream_arn))
        state_machine.grant_start_execution(role)
        self.dead_letters.grant(role, "sqs:SendMessage")
        pipe = pipes.CfnPipe(
            self,
            "Placed",
            role_arn=role.role_arn,
            source=str(table.table_stream_arn),
            source_parameters=self._source(),
            target=state_machine.state_machine_arn,
            target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(
                input_template=json.dumps(_INPUT),
                step_function_state_machine_parameters=pipes.CfnPipe.PipeTargetStateMachineParametersProperty(
                    invocation_type="FIRE_AND_FORGET"
                ),
            ),
        )
        # An L1 construct has no dependency on its role's policy, and a pipe reads its source at creation.
        pipe.node.add_dependency(role)

    def _source(self) -> pipes.CfnPipe.PipeSourceParametersProperty:
        """Return the source: one order for each execution; a failed record goes to the queue and blocks no others."""
        placed = pipes.CfnPipe.FilterProperty(pattern=json.dumps(_PLACED))
        return pipes.CfnPipe.PipeSourceParametersProperty(
            filter_criteria=pipes.CfnPipe.FilterCriteriaProperty(filters=[placed]),
            dynamo_db_stream_parameters=pipes.CfnPipe.PipeSourceDynamoDBStreamParametersProperty(
                starting_position="TRIM_HORIZON",
                batch_size=1,
                maximum_retry_attempts=10,
                maximum_record_age_in_seconds=24 * 3600,
                dead_letter_config=pipes.CfnPipe.DeadLetterConfigProperty(arn=self.dead_letters.queue_arn),
            ),
        )


def _grant_read(role: iam.Role, stream_arn: str) -> None:
    """Allow a role to read one stream; the action that lists streams supports no resource ARNs.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    """
    actions = [f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator")]
    role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[stream_arn]))
    role.add_to_policy(iam.PolicyStatement(actions=["dynamodb:ListStreams"], resources=["*"]))
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]", "dynamodb:ListStreams supports no resource ARNs")
