"""The queue of a worker, its dead-letter queue, and the alarms of both."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from .errors import UnsupportedSpecError
from .nag import acknowledge
from .spec import ServiceSpec
from .workload_alarms import LATE_MINUTES, workload_alarm

QUEUE_URL = "QUEUE_URL"
# AWS's minimum for functions that return partial batch responses
# (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
MAX_RECEIVES = 5
_RETENTION = cdk.Duration.days(14)
_MINUTE = cdk.Duration.minutes(1)
_MAX_AGE = cdk.Duration.minutes(30)
_DEFAULT_VISIBILITY_SECONDS = 30
_MAX_VISIBILITY_SECONDS = 12 * 3600


class WorkQueue(Construct):
    """An SQS queue with a dead-letter queue: billed by request, nothing while idle.

    Both are encrypted and require TLS. They keep a message for 14 days, the maximum of SQS. A message that is received
    `max_receives` times without being deleted moves to the dead-letter queue.

    Attributes:
        queue: The queue. Grant producers `queue.grant_send_messages(…)`.
        dead_letter_queue: The dead-letter queue.

    Example:
        notices = WorkQueue(stack, "Notices", visibility_timeout=cdk.Duration.minutes(2))
        notices.queue.grant_send_messages(iam.ServicePrincipal("events.amazonaws.com"))
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        visibility_timeout: cdk.Duration,
        max_receives: int = MAX_RECEIVES,
    ) -> None:
        """Create both queues.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            visibility_timeout: Time for which a received message is hidden from other receivers, up to 12 hours.
            max_receives: Receives after which a message is a dead letter, 1 to 1000. Default: 5.
        """
        super().__init__(scope, construct_id)
        self.dead_letter_queue: sqs.IQueue = private_queue(self, "DeadLetters", "this is the dead-letter queue")
        self.queue: sqs.IQueue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_RETENTION,
            visibility_timeout=visibility_timeout,
            # Long polling, also for consumers that do not ask for it.
            receive_message_wait_time=cdk.Duration.seconds(20),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letter_queue, max_receive_count=max_receives),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )


def private_queue(scope: Construct, construct_id: str, reason: str) -> sqs.Queue:
    """Create a queue that receives failures, and needs no dead-letter queue of its own.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        reason: Why it needs none.
    """
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_RETENTION,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    acknowledge(queue, "AwsSolutions-SQS3", f"{reason}, and has an alarm")
    return queue


def worker_queue(
    scope: Construct, given: sqs.IQueue | None, *, spec: ServiceSpec, visibility_timeout: cdk.Duration
) -> tuple[sqs.IQueue, sqs.IQueue | None]:
    """Return the queue of a worker and its dead-letter queue: those given, or new ones.

    Args:
        scope: The worker.
        given: A queue of the app, whose configuration is checked, or an imported one, whose configuration is unknown.
            None: create a `WorkQueue`.
        spec: The service.
        visibility_timeout: Minimum visibility timeout.

    Raises:
        UnsupportedSpecError: The spec sets `QUEUE_URL`.
        ValueError: The visibility timeout is too short or too long, or the queue is FIFO or has no dead-letter queue.
    """
    if QUEUE_URL in spec.environment:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="workers",
            field=f"environment[{QUEUE_URL!r}]",
            value=spec.environment[QUEUE_URL],
            allowed="names that the construct does not set",
            fix="Remove the variable, and pass the queue as `queue`.",
        )
    seconds = int(visibility_timeout.to_seconds())
    if seconds > _MAX_VISIBILITY_SECONDS:
        raise ValueError(
            f"visibility timeout={seconds} seconds is not supported by SQS (allowed: up to {_MAX_VISIBILITY_SECONDS}). "
            "Reduce the processing time: let a message start a job, or split it."
        )
    if given is not None and given.fifo:
        raise ValueError(
            f"queue {given.node.path!r}: fifo=True is not supported by workers (allowed: standard queues). A failed "
            "message would block its group, and partial batches its order: use WorkQueue."
        )
    if given is None:
        created = WorkQueue(scope, "Work", visibility_timeout=visibility_timeout)
        return created.queue, created.dead_letter_queue
    if not isinstance(given, sqs.Queue):
        return given, None
    _check(given, seconds)
    return given, cast("sqs.DeadLetterQueue", given.dead_letter_queue).queue


def _check(queue: sqs.Queue, seconds: int) -> None:
    if queue.dead_letter_queue is None:
        raise ValueError(
            f"queue {queue.node.path!r}: dead_letter_queue=None is not supported by workers (allowed: a queue with a "
            "dead-letter queue). A message that always fails would be received until it expires: use WorkQueue."
        )
    resource = cast("sqs.CfnQueue", queue.node.default_child)
    found = resource.visibility_timeout
    found = _DEFAULT_VISIBILITY_SECONDS if found is None else found
    if not cdk.Token.is_unresolved(found) and int(found) < seconds:
        raise ValueError(
            f"queue {queue.node.path!r}: visibility_timeout={int(found)} seconds is not supported by this worker "
            f"(allowed: at least {seconds}). A message that is processed for longer would be received twice: increase "
            "it, or reduce the worker's processing time."
        )


def visibility_timeout(processing_time: cdk.Duration | None) -> cdk.Duration:
    """Return the visibility timeout of a container that receives messages: twice the time to process them.

    Args:
        processing_time: Maximum time from receiving messages to deleting them. None: one minute.
    """
    return cdk.Duration.seconds(2 * (processing_time or _MINUTE).to_seconds())


def queue_alarms(
    scope: Construct,
    queue: sqs.IQueue,
    dead_letter_queue: sqs.IQueue | None,
    *,
    max_age: cdk.Duration | None,
    topic: sns.ITopic | None,
) -> dict[str, cloudwatch.Alarm]:
    """Create the alarms on new dead letters, and on the age of the oldest message.

    Args:
        scope: The worker.
        queue: The queue.
        dead_letter_queue: The dead-letter queue. None: no alarm on it.
        max_age: Age of the oldest message that is too old. None: 30 minutes.
        topic: SNS topic that the alarms notify.
    """
    max_age = max_age or _MAX_AGE
    alarms = {
        "OldestMessage": workload_alarm(
            scope,
            "OldestMessage",
            metric=queue.metric_approximate_age_of_oldest_message(period=_MINUTE, statistic="Maximum"),
            description=f"The oldest message waits for more than {int(max_age.to_minutes())} minutes.",
            threshold=max_age.to_seconds(),
            periods=3,
            topic=topic,
        )
    }
    if dead_letter_queue is not None:
        alarms["DeadLetters"] = workload_alarm(
            scope,
            "DeadLetterArrived",
            metric=_new_messages(dead_letter_queue),
            description="A message failed too often, and is in the dead-letter queue.",
            threshold=1,
            periods=LATE_MINUTES,
            datapoints=1,
            topic=topic,
        )
    return alarms


def _new_messages(queue: sqs.IQueue) -> cloudwatch.MathExpression:
    """Return by how many messages a queue grew in each minute: every dead letter notifies, although others still wait.

    SQS does not count a message that it moves as sent (`NumberOfMessagesSent`).
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    visible = queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum")
    in_flight = queue.metric_approximate_number_of_messages_not_visible(period=_MINUTE, statistic="Maximum")
    return cloudwatch.MathExpression(
        expression="DIFF(FILL(visible, 0) + FILL(in_flight, 0))",
        using_metrics={"visible": visible, "in_flight": in_flight},
        label="new dead letters",
        period=_MINUTE,
    )
