"""The alarms of workers and scheduled jobs."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

# A queue without requests for six hours sends no metrics, and its first metrics arrive up to 15 minutes late.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
LATE_MINUTES = 15


def workload_alarm(
    scope: Construct,
    construct_id: str,
    *,
    metric: cloudwatch.IMetric,
    description: str,
    threshold: float,
    periods: int,
    datapoints: int | None = None,
    topic: sns.ITopic | None = None,
) -> cloudwatch.Alarm:
    """Create an alarm on a metric that reaches a threshold; missing data is no failure.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        metric: The metric.
        description: What has happened, as a sentence.
        threshold: The first value that is too high.
        periods: Number of periods that the alarm looks at.
        datapoints: Number of these that must reach the threshold. Default: all.
        topic: SNS topic that the alarm notifies when its state changes to ALARM. Default: no notification.
    """
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        metric=metric,
        alarm_description=description,
        threshold=threshold,
        evaluation_periods=periods,
        datapoints_to_alarm=datapoints,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    if topic is not None:
        alarm.add_alarm_action(actions.SnsAction(topic))
    return alarm
