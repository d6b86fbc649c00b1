"""The alarm on the error rate of a service, which decides whether a deployment is rolled back."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
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
