"""The metrics of the workflow that its alarms and its dashboard read."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

NAMESPACE = "Orders"
OPEN_STATUSES = ("PLACED", "CHECKED", "FULFILLING")


class OrderMetrics:
    """The metrics that the reconciler writes every five minutes: billed by metric.

    Args:
        scope: A construct of the workflow's stack, whose name tells the metrics of two stages apart.
    """

    def __init__(self, scope: Construct) -> None:
        self._workflow = cdk.Stack.of(scope).stack_name

    def open_orders(self, status: str | None = None) -> cloudwatch.Metric:
        """Return the number of orders that are not final.

        Args:
            status: One of `OPEN_STATUSES`. Default: all of them.
        """
        more = {"Status": status} if status else {}
        return self._metric("OpenOrders", dimensions=more)

    def oldest_open_order(self) -> cloudwatch.Metric:
        """Return the age of the oldest order that is not final, in seconds; 0 without one."""
        return self._metric("OldestOpenOrderSeconds")

    def slots_in_use(self) -> cloudwatch.Metric:
        """Return the number of orders that are being fulfilled."""
        return self._metric("SlotsInUse")

    def orders_restarted(self) -> cloudwatch.Metric:
        """Return the number of orders for which the reconciler started another execution."""
        return self._metric("OrdersRestarted", statistic="Sum")

    def _metric(
        self, name: str, *, statistic: str = "Maximum", dimensions: Mapping[str, str] | None = None
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"Workflow": self._workflow, **(dimensions or {})},
            statistic=statistic,
            period=cdk.Duration.minutes(5),
        )


def pipe_metric(pipe_name: str, metric_name: str) -> cloudwatch.Metric:
    """Return a metric of an EventBridge Pipe, summed over five minutes.

    Pipes publish no iterator age, and nothing while they are stopped: restarted orders show that instead.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html

    Args:
        pipe_name: The pipe's name.
        metric_name: `ExecutionFailed` or `ExecutionThrottled`, which are 0 without one.
    """
    return cloudwatch.Metric(
        namespace="AWS/EventBridge/Pipes",
        metric_name=metric_name,
        dimensions_map={"PipeName": pipe_name},
        statistic="Sum",
        period=cdk.Duration.minutes(5),
    )


def rule_metric(rule: events.IRule) -> cloudwatch.Metric:
    """Return how many events matched a rule of the default event bus, summed over five minutes.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    return cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name="TriggeredRules",
        dimensions_map={"RuleName": rule.rule_name},
        statistic="Sum",
        period=cdk.Duration.minutes(5),
    )
