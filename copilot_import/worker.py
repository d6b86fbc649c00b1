"""Settings of a worker in a manifest: its queue, the backlog for each task, and the topics."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from copilot_import.durations import seconds_of
from copilot_import.manifest import Manifest, is_true
from copilot_import.yaml_tree import Node

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html (2026-11-24)
TIMEOUT_SECONDS = (0, 43_200)
DELAY_SECONDS = (0, 900)
RETENTION_SECONDS = (60, 1_209_600)
TRIES = (1, 1000)
# Copilot's default: https://aws.github.io/copilot-cli/docs/manifest/worker-service/ (2026-11-24)
DEFAULT_TIMEOUT_SECONDS = 30
# The default of `WorkQueue`: Copilot's queues have no dead-letter queue unless the manifest has one.
DEFAULT_TRIES = 5
# The default of `FargateWorker`.
DEFAULT_BACKLOG = 100
_NAME = re.compile(r"[A-Za-z][\w-]{0,99}", re.ASCII)


@dataclass(frozen=True)
class Topic:
    """A topic that the worker's queue is subscribed to.

    Attributes:
        name: Name of the topic in the manifest of its publisher.
        service: Name of the service that publishes.
        filters: Message attribute -> conditions, of which one must match. Default: every message.
    """

    name: str
    service: str
    filters: Mapping[str, list[object]] = field(default_factory=dict)

    @property
    def construct_id(self) -> str:
        """ID of its construct."""
        words = re.split(r"[^A-Za-z0-9]+", f"{self.service}-{self.name}")
        return "".join(word[:1].upper() + word[1:] for word in words)


def timeout_seconds(manifest: Manifest) -> int:
    """Return the visibility timeout of the queue."""
    found = _seconds(manifest, "timeout", TIMEOUT_SECONDS)
    return DEFAULT_TIMEOUT_SECONDS if found is None else found


def delay_seconds(manifest: Manifest) -> int | None:
    """Return the delay of each message; None for no delay."""
    return _seconds(manifest, "delay", DELAY_SECONDS)


def retention_seconds(manifest: Manifest) -> int | None:
    """Return how long the queue keeps a message; None for the default of `WorkQueue`, 14 days."""
    return _seconds(manifest, "retention", RETENTION_SECONDS)


def tries(manifest: Manifest) -> int:
    """Return the receives after which a message is a dead letter."""
    node = manifest.find("subscribe", "queue", "dead_letter", "tries")
    low, high = TRIES
    return min(max(int(str(node)), low), high) if node and re.fullmatch(r"\d{1,9}", str(node)) else DEFAULT_TRIES


def backlog_per_task(manifest: Manifest) -> int:
    """Return the messages for each task: the delay that you accept, divided by the time for one message."""
    latency = seconds_of(manifest, "count", "queue_delay", "acceptable_latency")
    each = seconds_of(manifest, "count", "queue_delay", "msg_processing_time")
    return max(1, int(latency / each + 1e-9)) if latency and each else DEFAULT_BACKLOG


def has_fifo_queue(manifest: Manifest) -> bool:
    """Whether the worker's queue is FIFO: `fifo: true`, or a map of its settings."""
    return is_fifo(manifest.find("subscribe", "queue"))


def is_fifo(queue: Node | None) -> bool:
    """Whether the settings of a queue make it FIFO."""
    node = queue.fields.get("fifo") if queue else None
    return node is not None and (node.is_map or is_true(str(node)))


def topics(manifest: Manifest) -> Iterator[Topic]:
    """Yield the topics that share the worker's queue. Topics with a queue of their own, and FIFO topics, do not."""
    for node in _topic_nodes(manifest):
        queue = node.fields.get("queue")
        name, service = (str(node.fields.get(each, "")) for each in ("name", "service"))
        if _NAME.fullmatch(name) and _NAME.fullmatch(service) and not (queue and (queue.is_map or is_true(str(queue)))):
            yield Topic(name, service, _filters(node.fields.get("filter_policy")))


def other_topics(manifest: Manifest) -> list[str]:
    """Return the names of the topics that `topics` leaves out."""
    found = {(topic.service, topic.name) for topic in topics(manifest)}
    names = [[str(node.fields.get(each, node)) for each in ("service", "name")] for node in _topic_nodes(manifest)]
    return [name for service, name in names if (service, name) not in found]


def nested_filters(manifest: Manifest) -> bool:
    """Whether a filter policy has conditions on the message body, which attributes cannot express."""
    policies = [node.fields.get("filter_policy") for node in _topic_nodes(manifest)]
    return any(value.is_map for policy in policies if policy for value in policy.fields.values())


def _topic_nodes(manifest: Manifest) -> tuple[Node, ...]:
    node = manifest.find("subscribe", "topics")
    return node.items if node else ()


def _seconds(manifest: Manifest, name: str, limits: tuple[int, int]) -> int | None:
    found = seconds_of(manifest, "subscribe", "queue", name)
    return None if found is None else min(max(round(found), limits[0]), limits[1])


def _filters(policy: Node | None) -> dict[str, list[object]]:
    if policy is None:
        return {}
    return {
        name: [_condition(item) for item in (value.items or (value,))]
        for name, value in policy.fields.items()
        if not value.is_map
    }


def _condition(node: Node) -> object:
    """A condition with the types of JSON: YAML without quotes is a number or a boolean, where it looks like one."""
    if node.is_map:
        return {name: _condition(child) for name, child in node.fields.items()}
    if node.items:
        return [_condition(item) for item in node.items]
    text = str(node.value or "")
    return json.loads(text) if re.fullmatch(r"-?(0|[1-9]\d{0,15})(\.\d{1,9})?|true|false", text) else text
