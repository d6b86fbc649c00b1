"""The alarm that decides whether a deployment stays."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

PERIOD = cdk.Duration.minutes(1)


def error_rate_alarm(scope: Construct, *, failed: cloudwatch.IMetric, requests: cloudwatch.IMetric) -> cloudwatch.Alarm:
    """An alarm that goes off when more than one request in twenty is answered with a 5xx.

    Both metrics count what callers get, in sums a `PERIOD`: a service that hangs or closes connections answers nothing
    itself, and what stands before it does.
    """
    share = cloudwatch.MathExpression(
        expression="100 * FILL(failed, 0) / requests",
        using_metrics={"failed": failed, "requests": requests},
        label="Answers that are 5xx, percent",
        period=PERIOD,
    )
    return share.create_alarm(
        scope,
        "FailingAnswers",
        alarm_description="More than one request in twenty is answered with a 5xx, for two minutes of three.",
        threshold=5,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
