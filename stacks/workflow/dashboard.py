"""The dashboard of the workflow."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from .alarms import MAX_ORDER_AGE, RUNBOOK
from .metrics import OPEN_STATUSES, OrderMetrics, pipe_metric

OBJECTIVE_PERCENT = 99.9
OBJECTIVE_DAYS = 28
_PERIOD = cdk.Duration.minutes(5)
_WIDTH = 24
_TEXT = f"""\
## Orders

**Objective:** {OBJECTIVE_PERCENT} % of the executions of {OBJECTIVE_DAYS} days do not fail, time out or get aborted.
A rejected or cancelled order is not a failure. The error budget is the share of the allowed failures that is left.
Below 0 % the objective is missed: deploy fixes only.

**Runbook:** `{RUNBOOK}` has a section for each alarm. `python -m deployment workflow status` lists the open orders.
"""


class WorkflowDashboard(Construct):
    """A CloudWatch dashboard: orders by status, time to fulfil, and the error budget. Billed by month.

    Its name consists of the names of the stack and the Region: dashboards of an account are global.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        state_machine: The state machine.
        pipe_name: Name of the pipe that starts executions.
        queue: The dead-letter queue of the pipe.
        functions: Lambda functions of the workflow.
        max_tasks: Maximum number of orders that are fulfilled at once.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        state_machine: sfn.IStateMachine,
        pipe_name: str,
        queue: sqs.IQueue,
        functions: dict[str, lambda_.IFunction],
        max_tasks: int,
    ) -> None:
        super().__init__(scope, construct_id)
        orders = OrderMetrics(self)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"{cdk.Stack.of(self).stack_name}-{cdk.Aws.REGION}",
            default_interval=cdk.Duration.days(1),
            widgets=[
                [cloudwatch.TextWidget(markdown=_TEXT, width=_WIDTH, height=5)],
                [_now(orders, queue), _error_budget(state_machine)],
                [_open_orders(orders), _oldest_order(orders)],
                [_executions(state_machine), _time_to_fulfil(state_machine)],
                [_slots(orders, max_tasks), _repairs(orders, queue)],
                [_pipe(pipe_name), _functions(functions)],
            ],
        )


def _now(orders: OrderMetrics, queue: sqs.IQueue) -> cloudwatch.IWidget:
    open_orders, oldest = orders.open_orders(), orders.oldest_open_order()
    metrics = [open_orders.with_(label="open orders"), oldest.with_(label="oldest (s)"), _dead_letters(queue)]
    return cloudwatch.SingleValueWidget(title="Now", metrics=metrics, width=_WIDTH // 2, height=4)


def _error_budget(state_machine: sfn.IStateMachine) -> cloudwatch.IWidget:
    """Return the error budget of the last days, as one value for the whole range."""
    using: dict[str, cloudwatch.IMetric] = {
        "started": state_machine.metric_started(),
        "failed": state_machine.metric_failed(),
        "timed_out": state_machine.metric_timed_out(),
        "aborted": state_machine.metric_aborted(),
    }
    # A metric without a single failure may have no data.
    failures = "(FILL(failed, 0) + FILL(timed_out, 0) + FILL(aborted, 0)) / started"
    allowed = round(1 - OBJECTIVE_PERCENT / 100, 6)
    left = cloudwatch.MathExpression(
        expression=f"100 * (1 - {failures} / {allowed})", using_metrics=using, label="error budget left (%)"
    )
    achieved = cloudwatch.MathExpression(
        expression=f"100 * (1 - {failures})", using_metrics=using, label="executions that did not fail (%)"
    )
    return cloudwatch.SingleValueWidget(
        title=f"Objective: {OBJECTIVE_PERCENT} % of {OBJECTIVE_DAYS} days",
        metrics=[left, achieved],
        start=f"-P{OBJECTIVE_DAYS}D",
        set_period_to_time_range=True,
        width=_WIDTH // 2,
        height=4,
    )


def _open_orders(orders: OrderMetrics) -> cloudwatch.IWidget:
    metrics = [orders.open_orders(status).with_(label=status) for status in OPEN_STATUSES]
    return _graph("Open orders by status", *metrics, stacked=True)


def _oldest_order(orders: OrderMetrics) -> cloudwatch.IWidget:
    limit = cloudwatch.HorizontalAnnotation(value=MAX_ORDER_AGE.to_seconds(), label="alarm")
    return _graph(
        "Age of the oldest open order (s)", orders.oldest_open_order().with_(label="oldest open order"), line=limit
    )


def _executions(state_machine: sfn.IStateMachine) -> cloudwatch.IWidget:
    return _graph(
        "Executions",
        state_machine.metric_started(period=_PERIOD, label="started"),
        state_machine.metric_succeeded(period=_PERIOD, label="succeeded"),
        state_machine.metric_failed(period=_PERIOD, label="failed"),
        state_machine.metric_timed_out(period=_PERIOD, label="timed out"),
        state_machine.metric_aborted(period=_PERIOD, label="aborted"),
    )


def _time_to_fulfil(state_machine: sfn.IStateMachine) -> cloudwatch.IWidget:
    """Return the duration of executions, which includes the time that an order waits for a slot."""
    times = [state_machine.metric_time(period=_PERIOD, statistic=each, label=each) for each in ("p50", "p99")]
    return _graph("Time to fulfil (ms)", *times)


def _slots(orders: OrderMetrics, max_tasks: int) -> cloudwatch.IWidget:
    limit = cloudwatch.HorizontalAnnotation(value=max_tasks, label="limit")
    return _graph("Slots in use", orders.slots_in_use().with_(label="slots in use"), line=limit)


def _repairs(orders: OrderMetrics, queue: sqs.IQueue) -> cloudwatch.IWidget:
    return _graph("Repairs", _dead_letters(queue), orders.orders_restarted().with_(label="restarted orders"))


def _pipe(pipe_name: str) -> cloudwatch.IWidget:
    metrics = {"Invocations": "invoked", "ExecutionFailed": "failed", "ExecutionThrottled": "throttled"}
    return _graph("Pipe", *(pipe_metric(pipe_name, name).with_(label=label) for name, label in metrics.items()))


def _functions(functions: dict[str, lambda_.IFunction]) -> cloudwatch.IWidget:
    metrics: list[cloudwatch.IMetric] = []
    for name, function in functions.items():
        metrics.append(function.metric_errors(period=_PERIOD, label=f"{name}: errors"))
        metrics.append(function.metric_throttles(period=_PERIOD, label=f"{name}: throttles"))
    return _graph("Functions", *metrics)


def _dead_letters(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(
        period=_PERIOD, statistic="Maximum", label="dead letters"
    )


def _graph(
    title: str,
    *metrics: cloudwatch.IMetric,
    stacked: bool = False,
    line: cloudwatch.HorizontalAnnotation | None = None,
) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        left_y_axis=cloudwatch.YAxisProps(min=0),
        left_annotations=[line] if line else [],
        stacked=stacked,
        width=_WIDTH // 2,
    )
