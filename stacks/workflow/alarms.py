"""Who hears of orders that went wrong."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

_NOBODY = "Nobody hears these alarms yet: deploy with -c alarm_emails='ann@example.com bob@example.com'"


class AlarmTopic(Construct):
    """An SNS topic and the alarms that write to it: billed by alarm. Without `emails` the synthesis says so.

    Attributes:
        topic: The topic; subscribe whoever is on call.
    """

    def __init__(self, scope: Construct, construct_id: str, *, emails: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        # A policy of our own replaces the default one, which would have let alarms publish.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        if not emails:
            cdk.Annotations.of(self).add_info_v2("orders:nobody-is-told", _NOBODY)
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def watch(self, *, machine: sfn.IStateMachine, queue: sqs.IQueue) -> None:
        """Alarm on the first execution that fails or runs out of time, and on the first dead letter."""
        minute = cdk.Duration.minutes(1)
        self._alarm("ExecutionsFailed", machine.metric_failed(period=minute), "An order failed: see the execution.")
        self._alarm("ExecutionsTimedOut", machine.metric_timed_out(period=minute), "An order ran out of time.")
        waiting = queue.metric_approximate_number_of_messages_visible(period=minute, statistic="Maximum")
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
        alarm.add_alarm_action(actions.SnsAction(self.topic))
