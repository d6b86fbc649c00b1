"""The alarm on the error rate of a service, which decides whether a deployment is rolled back."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_sns as sns
from constructs import Construct

PERIOD = cdk.Duration.minutes(1)


def error_rate_alarm(
    scope: Construct, *, failed: cloudwatch.IMetric, requests: cloudwatch.IMetric, topic: sns.ITopic | None = None
) -> cloudwatch.Alarm:
    """Create an alarm on more than 5 % of 5xx responses in two of three minutes.

    Measure at the endpoint, not in the service: a replica that hangs or closes connections counts no responses itself.

    Args:
        scope: The parent construct.
        failed: Number of 5xx responses, as a sum over `PERIOD`.
        requests: Number of requests, as a sum over `PERIOD`.
        topic: SNS topic that the alarm notifies when its state changes to ALARM or OK. Default: no notification.
    """
    rate = cloudwatch.MathExpression(
        expression="100 * FILL(failed, 0) / requests",
        using_metrics={"failed": failed, "requests": requests},
        label="5xx responses, percent",
        period=PERIOD,
    )
    alarm = rate.create_alarm(
        scope,
        "FailingAnswers",
        alarm_description="More than 5 % of the responses are 5xx, in two of three minutes.",
        threshold=5,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    if topic is not None:
        notification = actions.SnsAction(topic)
        alarm.add_alarm_action(notification)
        alarm.add_ok_action(notification)
    return alarm


def load_balancer_alarm(
    scope: Construct, load_balancer: elb.ApplicationLoadBalancer, topic: sns.ITopic | None = None
) -> cloudwatch.Alarm:
    """Create an alarm on all requests of a load balancer with one service, including its own responses.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html

    Args:
        scope: The parent construct.
        load_balancer: The load balancer.
        topic: SNS topic that the alarm notifies. Default: no notification.
    """
    metrics = load_balancer.metrics
    failed = cloudwatch.MathExpression(
        expression="FILL(behind, 0) + FILL(itself, 0)",
        using_metrics={
            "behind": metrics.http_code_target(elb.HttpCodeTarget.TARGET_5XX_COUNT, period=PERIOD),
            "itself": metrics.http_code_elb(elb.HttpCodeElb.ELB_5XX_COUNT, period=PERIOD),
        },
        period=PERIOD,
    )
    return error_rate_alarm(scope, failed=failed, requests=metrics.request_count(period=PERIOD), topic=topic)


def target_group_alarm(
    scope: Construct, groups: Sequence[elb.ApplicationTargetGroup], topic: sns.ITopic | None = None
) -> cloudwatch.Alarm:
    """Create an alarm on the requests of one service behind a load balancer that other services share.

    It counts the 5xx responses of the targets, and connections that fail. AWS reports the load balancer's own
    responses, such as 504 when a target hangs, for the whole load balancer only; they are not part of it.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html

    Args:
        scope: The parent construct.
        groups: Target groups of the service: two with blue/green deployments, which switch between them.
        topic: SNS topic that the alarm notifies. Default: no notification.
    """
    errors: list[cloudwatch.IMetric] = []
    requests: list[cloudwatch.IMetric] = []
    for group in groups:
        metrics = group.metrics
        errors.append(metrics.http_code_target(elb.HttpCodeTarget.TARGET_5XX_COUNT, period=PERIOD))
        errors.append(metrics.target_connection_error_count(period=PERIOD))
        requests.append(metrics.request_count(period=PERIOD))
    return error_rate_alarm(scope, failed=_sum("error", errors), requests=_sum("count", requests), topic=topic)


def _sum(name: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.IMetric:
    """Return the sum of metrics, each of which is missing while it is 0."""
    named = {f"{name}{number}": metric for number, metric in enumerate(metrics)}
    expression = " + ".join(f"FILL({each}, 0)" for each in named)
    return cloudwatch.MathExpression(expression=expression, using_metrics=named, period=PERIOD)
