"""The EventBridge Pipe from the table's stream to the state machine."""

import json

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from microservice import acknowledge, delivery_log_group, restrict_trust

# The stream keeps a record for 24 hours. An hour less, so that a dead letter's record can still be read.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
MAX_RECORD_AGE_HOURS = 23
_UNLIMITED = -1
_PLACED = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}
# Quoted, so that an order without a trace still results in valid JSON.
_INPUT = {"order_id": "<$.dynamodb.NewImage.id.S>", "trace": "<$.dynamodb.NewImage.trace.S>"}


class OrderPipe(Construct):
    """An EventBridge Pipe that starts an execution for each placed order: billed by million events after the filter.

    The pipe retries without a limit of attempts, because `StartExecution` fails for reasons that concern all records
    alike: throttling, a quota, a missing permission. A limit of attempts would turn each of these into lost orders.

    A record that fails blocks those after it in its shard, until it is 23 hours old. No record of the service can fail
    for a reason of its own: a batch is one record, and its input is an order ID and a trace header that the service
    itself formatted, about 150 characters of the 262,144 that Step Functions accepts
    (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). `OnPartialBatchItemFailure` splits
    batches, and has no effect on a batch of one. If a shard is blocked nevertheless, the reconciler starts its orders.

    Attributes:
        name: The pipe's name.
        dead_letters: Dead-letter queue of stream records for which no execution could be started in 23 hours. A message
            has the shard and the sequence number of its record, not the order.
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
        log_group = delivery_log_group(self, service="pipes")
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("pipes.amazonaws.com"))
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
        restrict_trust(role, service="pipes", resource="pipe/*")
        _grant_read(role, str(table.table_stream_arn))
        state_machine.grant_start_execution(role)
        self.dead_letters.grant(role, "sqs:SendMessage")
        log_group.grant_write(role)
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
            # Errors without execution data: an order's customer does not belong in a log.
            log_configuration=pipes.CfnPipe.PipeLogConfigurationProperty(
                level="ERROR",
                cloudwatch_logs_log_destination=pipes.CfnPipe.CloudwatchLogsLogDestinationProperty(
                    log_group_arn=log_group.log_group_arn
                ),
            ),
        )
        # An L1 construct has no dependency on its role's policy, and a pipe reads its source at creation.
        pipe.node.add_dependency(role)
        self.name = pipe.ref

    def _source(self) -> pipes.CfnPipe.PipeSourceParametersProperty:
        """Return the source: one order for each execution, retried until its record is too old."""
        placed = pipes.CfnPipe.FilterProperty(pattern=json.dumps(_PLACED))
        return pipes.CfnPipe.PipeSourceParametersProperty(
            filter_criteria=pipes.CfnPipe.FilterCriteriaProperty(filters=[placed]),
            dynamo_db_stream_parameters=pipes.CfnPipe.PipeSourceDynamoDBStreamParametersProperty(
                starting_position="TRIM_HORIZON",
                batch_size=1,
                maximum_retry_attempts=_UNLIMITED,
                maximum_record_age_in_seconds=MAX_RECORD_AGE_HOURS * 3600,
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
