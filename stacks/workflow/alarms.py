"""The alarms of the workflow."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

_PERIOD = cdk.Duration.minutes(1)
_NO_RECEIVER = "The alarms notify no one yet: deploy with -c alarm_emails='ann@example.com bob@example.com'"


class WorkflowAlarms(Construct):
    """Alarms on the first execution that fails or times out, and on the first dead letter: billed by alarm.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        state_machine: The state machine.
        queue: The dead-letter queue.
        topic: SNS topic that the alarms notify. Default: no notification, and synthesis prints a hint.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        state_machine: sfn.IStateMachine,
        queue: sqs.IQueue,
        topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._topic = topic
        if topic is None:
            cdk.Annotations.of(self).add_info_v2("orders:no-alarm-receiver", _NO_RECEIVER)
        self._alarm(
            "ExecutionsFailed", state_machine.metric_failed(period=_PERIOD), "An order failed: see the execution."
        )
        self._alarm("ExecutionsTimedOut", state_machine.metric_timed_out(period=_PERIOD), "An order ran out of time.")
        waiting = queue.metric_approximate_number_of_messages_visible(period=_PERIOD, statistic="Maximum")
        self._alarm("DeadLetters", waiting, "An order reached no execution: see the message's sequence number.")

    def _alarm(self, construct_id: str, metric: cloudwatch.IMetric, description: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            alarm_description=description,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        if self._topic is not None:
            alarm.add_alarm_action(actions.SnsAction(self._topic))
