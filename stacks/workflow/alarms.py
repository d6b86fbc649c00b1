"""The alarms of the workflow."""

import re

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from .metrics import OrderMetrics, pipe_metric, rule_metric

RUNBOOK = "docs/operating-the-workflow.md"
MAX_ORDER_AGE = cdk.Duration.hours(1)
STOPPED_TASKS = 3
RESTART_RUNS, RESTART_HOURS = 3, 6
_MINUTE = cdk.Duration.minutes(1)
_FIVE_MINUTES = cdk.Duration.minutes(5)
# A queue without messages for six hours sends no metrics, and its first metrics arrive up to 15 minutes late.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
_QUEUE_DELAY_MINUTES = 15
_NO_RECEIVER = "The alarms notify no one yet: deploy with -c alarm_emails='ann@example.com bob@example.com'"


class WorkflowAlarms(Construct):
    """Alarms on orders that fail or wait, each with a section of the runbook: billed by metric.

    An alarm notifies at once if a customer is affected. Failures that the workflow retries (of the pipe, a function or
    a task) notify after 15 minutes, and restarts by the reconciler if they are repeated.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        state_machine: The state machine.
        pipe_name: Name of the pipe that starts executions.
        queue: The dead-letter queue of the pipe.
        check: The function of the steps "Check order" and "Compensate order".
        reconciler: The function of the reconciler.
        stopped_tasks: The rule that matches tasks that stopped without a result.
        topic: SNS topic that the alarms notify. Default: no notification, and synthesis prints a hint.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        state_machine: sfn.IStateMachine,
        pipe_name: str,
        queue: sqs.IQueue,
        check: lambda_.IFunction,
        reconciler: lambda_.IFunction,
        stopped_tasks: events.IRule,
        topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._topic = topic
        if topic is None:
            cdk.Annotations.of(self).add_info_v2("orders:no-alarm-receiver", _NO_RECEIVER)
        self._watch_executions(state_machine)
        self._watch_pipe(pipe_name, queue)
        self._watch_orders()
        self._watch_reconciler(reconciler)
        self._watch_functions(check)
        self._watch_tasks(stopped_tasks)

    def _watch_executions(self, state_machine: sfn.IStateMachine) -> None:
        self._alarm("ExecutionsFailed", state_machine.metric_failed(period=_MINUTE), "An execution failed")
        self._alarm("ExecutionsTimedOut", state_machine.metric_timed_out(period=_MINUTE), "An execution timed out")
        self._alarm("ExecutionsAborted", state_machine.metric_aborted(period=_MINUTE), "An execution was aborted")
        throttled = state_machine.metric_throttled(period=_FIVE_MINUTES)
        self._lasting_alarm("ExecutionsThrottled", throttled, "Executions are throttled")

    def _watch_pipe(self, pipe_name: str, queue: sqs.IQueue) -> None:
        self._lasting_alarm("PipeFailed", pipe_metric(pipe_name, "ExecutionFailed"), "The pipe fails")
        self._lasting_alarm("PipeThrottled", pipe_metric(pipe_name, "ExecutionThrottled"), "The pipe is throttled")
        # 1 for a minute, 15 minutes long: every dead letter notifies, although older ones still wait in the queue.
        self._alarm(
            "DeadLetters", _new_messages(queue), "A dead letter arrived", periods=_QUEUE_DELAY_MINUTES, datapoints=1
        )

    def _watch_orders(self) -> None:
        self._alarm(
            "OldestOpenOrder",
            OrderMetrics(self).oldest_open_order(),
            "An order is open for too long",
            threshold=MAX_ORDER_AGE.to_seconds(),
            periods=2,
        )

        # A stopped pipe publishes no metric, and its orders are restarted before they are old.
        self._alarm(
            "OrdersRestarted",
            OrderMetrics(self).orders_restarted(),
            "Orders are restarted",
            periods=RESTART_HOURS * 12,
            datapoints=RESTART_RUNS,
        )

    def _watch_reconciler(self, reconciler: lambda_.IFunction) -> None:
        runs = OrderMetrics(self).open_orders().with_(statistic="SampleCount")
        self._alarm(
            "ReconcilerMissing",
            runs,
            "The reconciler does not run",
            periods=3,
            operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )
        errors = reconciler.metric_errors(period=_FIVE_MINUTES)
        self._lasting_alarm("ReconcilerErrors", errors, "The reconciler fails")

    def _watch_functions(self, check: lambda_.IFunction) -> None:
        self._lasting_alarm("CheckErrors", check.metric_errors(period=_FIVE_MINUTES), "The check function fails")
        throttles = check.metric_throttles(period=_FIVE_MINUTES)
        self._lasting_alarm("CheckThrottles", throttles, "The check function is throttled")

    def _watch_tasks(self, stopped_tasks: events.IRule) -> None:
        stopped = rule_metric(stopped_tasks).with_(period=cdk.Duration.minutes(15))
        self._alarm("TasksStopped", stopped, "Tasks stop without a result", threshold=STOPPED_TASKS)

    def _lasting_alarm(self, construct_id: str, metric: cloudwatch.IMetric, section: str) -> None:
        self._alarm(construct_id, metric, section, periods=3)

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        section: str,
        *,
        threshold: float = 1,
        periods: int = 1,
        datapoints: int | None = None,
        operator: cloudwatch.ComparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            alarm_description=f"{section}: see {RUNBOOK}#{anchor(section)}",
            threshold=threshold,
            evaluation_periods=periods,
            datapoints_to_alarm=datapoints,
            comparison_operator=operator,
            treat_missing_data=missing,
        )
        if self._topic is not None:
            alarm.add_alarm_action(actions.SnsAction(self._topic))


def anchor(heading: str) -> str:
    """Return the anchor of a heading in Markdown."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def _new_messages(queue: sqs.IQueue) -> cloudwatch.MathExpression:
    """Return by how many messages a queue grew in each minute.

    The number of messages alone stays above the threshold until the queue is empty, and hides the second dead letter.
    `NumberOfMessagesSent` is above it for the minute of the message only, which an alarm misses if the metric arrives
    late. Messages in flight count, so that one that is received and not deleted is not new.
    """
    visible = queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum")
    in_flight = queue.metric_approximate_number_of_messages_not_visible(period=_MINUTE, statistic="Maximum")
    return cloudwatch.MathExpression(
        expression="DIFF(FILL(visible, 0) + FILL(in_flight, 0))",
        using_metrics={"visible": visible, "in_flight": in_flight},
        label="new dead letters",
        period=_MINUTE,
    )
