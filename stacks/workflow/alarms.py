"""The alarms of the workflow, and their SNS topic."""

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

_NO_SUBSCRIBERS = "The alarms notify no one yet: deploy with -c alarm_emails='ann@example.com bob@example.com'"


class AlarmTopic(Construct):
    """An SNS topic and the alarms that publish to it: billed by alarm.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        emails: E-mail addresses to subscribe; each receives a confirmation e-mail. If empty, synthesis prints a hint.

    Attributes:
        topic: The topic; subscribe your on-call rotation.
    """

    def __init__(self, scope: Construct, construct_id: str, *, emails: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        # A topic policy replaces the default policy, which would have allowed alarms to publish.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        if not emails:
            cdk.Annotations.of(self).add_info_v2("orders:no-alarm-subscribers", _NO_SUBSCRIBERS)
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def watch(self, *, state_machine: sfn.IStateMachine, queue: sqs.IQueue) -> None:
        """Create alarms on the first execution that fails or times out, and on the first dead letter."""
        minute = cdk.Duration.minutes(1)
        self._alarm(
            "ExecutionsFailed", state_machine.metric_failed(period=minute), "An order failed: see the execution."
        )
        self._alarm("ExecutionsTimedOut", state_machine.metric_timed_out(period=minute), "An order ran out of time.")
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
