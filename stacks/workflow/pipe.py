"""From the table's stream to the state machine."""

import json

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from microservice import acknowledge

_PLACED = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}
# Quoted, so that an order without a trace still makes valid JSON.
_INPUT = {"order_id": "<$.dynamodb.NewImage.id.S>", "trace": "<$.dynamodb.NewImage.trace.S>"}


class OrderPipe(Construct):
    """An EventBridge Pipe that starts one execution for each placed order: billed by million events past the filter.

    An order whose execution could not be started stays PLACED. Start one by hand; it may have been started after all,
    for every step has its effect once (ARN is the stack's output `StateMachineArn`):

        aws stepfunctions start-execution --state-machine-arn ARN --input '[{"order_id": "ord_...", "trace": ""}]'

    Attributes:
        dead_letters: Where an order's place in the stream goes when no execution could be started for it. The message
            names shard and sequence number; `aws dynamodbstreams get-shard-iterator` and `get-records` show the order
            for 24 hours, and after that the orders in the table that stay PLACED are those that were missed.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, table: dynamodb.ITable, machine: sfn.IStateMachine
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
        acknowledge(self.dead_letters, "AwsSolutions-SQS3", "it is the pipe's dead-letter queue; an alarm watches it")
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("pipes.amazonaws.com"))
        role.add_to_policy(_reading(str(table.table_stream_arn)))
        machine.grant_start_execution(role)
        self.dead_letters.grant_send_messages(role)
        pipe = pipes.CfnPipe(
            self,
            "Placed",
            role_arn=role.role_arn,
            source=str(table.table_stream_arn),
            source_parameters=self._source(),
            target=machine.state_machine_arn,
            target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(
                input_template=json.dumps(_INPUT),
                step_function_state_machine_parameters=pipes.CfnPipe.PipeTargetStateMachineParametersProperty(
                    invocation_type="FIRE_AND_FORGET"
                ),
            ),
        )
        # An L1 does not wait for the policy of its role, and a pipe checks its source when it is made.
        pipe.node.add_dependency(role)

    def _source(self) -> pipes.CfnPipe.PipeSourceParametersProperty:
        """One order an execution, none skipped; one that cannot be started is set aside and does not block others."""
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


def _reading(stream_arn: str) -> iam.PolicyStatement:
    """The CDK's own grant would list the streams of all tables."""
    actions = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
    return iam.PolicyStatement(actions=[f"dynamodb:{action}" for action in actions], resources=[stream_arn])
