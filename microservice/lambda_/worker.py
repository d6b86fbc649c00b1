"""A worker on AWS Lambda."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from ..errors import UnsupportedSpecError
from ..image import Image
from ..queue import queue_alarms, worker_queue
from ..spec import ServiceSpec
from .function import function_with_live_alias, role_of
from .quotas import validate_timeout

# Range of the maximum concurrency of an event source
# (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
_MIN_CONCURRENCY = 2
# AWS's advice: retries of a throttled function must fit into the visibility timeout
# (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
_TIMEOUTS_IN_VISIBILITY = 6


class LambdaWorker(Construct):
    """A Lambda function that receives the messages of a queue in batches: billed by request, nothing while idle.

    It creates the function with the alias `live`, the event source, and alarms on dead letters and on the age of the
    oldest message. Without `queue`, it creates a `WorkQueue`. Lambda polls the queue, deletes the messages of a batch,
    and keeps those that the handler returns as `batchItemFailures`. `max_instances` limits concurrent batches.

    You provide the command that starts the handler, permissions, and `alarm_topic`. A message can arrive twice: process
    it idempotently. The handler returns `{"batchItemFailures": [{"itemIdentifier": messageId}, …]}`, empty if all
    messages were processed.

    Choose it for messages that take seconds, in bursts and with pauses between them.

    Do not choose it for messages that take longer than 15 minutes, or for a steady stream that keeps a task busy.

    Attributes:
        alias: The native alias; its function is `alias.lambda`.
        queue: The queue. Grant producers `queue.grant_send_messages(…)`.
        dead_letter_queue: The dead-letter queue. None for an imported queue.
        alarms: Name -> alarm.
        role: The execution role.

    Example:
        worker = LambdaWorker(
            stack, "Worker", spec=ServiceSpec(name="mailer"), image=image, command=["mailer.handler"]
        )
        table.grant_read_data(worker.role)
    """

    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "command": "the construct has a `command` of its own: the one that starts the Lambda handler",
        "health_path": "Lambda replaces failed execution environments without a health check",
        "health_command": "Lambda replaces failed execution environments without a health check",
        "health_codes": "Lambda replaces failed execution environments without a health check",
        "start_seconds": "an initialization longer than 10 seconds starts again with the batch, within its timeout",
        "cpu": "Lambda allocates CPU in proportion to memory: 1769 MiB are one vCPU",
        "min_instances": "Lambda starts execution environments when messages arrive, and scales to zero",
        "target_cpu_percent": "Lambda scales on the backlog of the queue",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        command: Sequence[str],
        queue: sqs.IQueue | None = None,
        timeout: cdk.Duration | None = None,
        batch_size: int = 10,
        max_message_age: cdk.Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the worker.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service; `memory_mib` is at most 10240, and `max_instances` from 2 to 1000.
            image: The container image.
            command: Arguments of the image's entry point, such as `["payments.worker.handler"]`.
            queue: A queue with a dead-letter queue, whose visibility timeout is at least six times `timeout`.
                Default: a new `WorkQueue`.
            timeout: Timeout of a batch, up to 15 minutes. The visibility timeout is six times as long. Default: one
                minute.
            batch_size: Maximum number of messages in a batch, 1 to 10. Default: 10.
            max_message_age: Age of the oldest message that raises an alarm, in whole minutes. Default: 30 minutes.
            alarm_topic: SNS topic that the alarms notify. Default: no notification.

        Raises:
            UnsupportedSpecError: Lambda does not support a value of the spec, or it sets `QUEUE_URL`.
            ValueError: The queue has no dead-letter queue, or too short a visibility timeout; or a value is out of
                range.
        """
        super().__init__(scope, construct_id)
        _validate(spec, batch_size)
        seconds = validate_timeout(timeout or cdk.Duration.minutes(1))
        visibility = cdk.Duration.seconds(_TIMEOUTS_IN_VISIBILITY * seconds)
        self.queue, self.dead_letter_queue = worker_queue(self, queue, spec=spec, visibility_timeout=visibility)
        self.alias = function_with_live_alias(
            self, spec=spec, image=image, command=command, timeout=cdk.Duration.seconds(seconds)
        )
        self.alias.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                max_concurrency=spec.max_instances,
                report_batch_item_failures=True,
            )
        )
        self.alarms = queue_alarms(self, self.queue, self.dead_letter_queue, max_age=max_message_age, topic=alarm_topic)
        self.role: iam.IRole = role_of(self.alias)


def _validate(spec: ServiceSpec, batch_size: int) -> None:
    if spec.max_instances < _MIN_CONCURRENCY:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="an event source of Lambda",
            field="max_instances",
            value=spec.max_instances,
            allowed=f"{_MIN_CONCURRENCY} to 1000",
            fix="Set max_instances to at least 2, or use FargateWorker for one message after the other.",
        )
    if not 1 <= batch_size <= 10:
        raise ValueError(
            f"batch_size={batch_size} is not supported (allowed: 1 to 10). Larger batches wait for messages: let the "
            "producer send several things in one message."
        )
