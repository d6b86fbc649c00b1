"""Rules for topics, queues and schedules."""

import re

from copilot_import import worker
from copilot_import.durations import seconds, seconds_of
from copilot_import.findings import Result, Rule, equivalent, unsupported
from copilot_import.manifest import Manifest
from copilot_import.rules.native import construct_of
from copilot_import.schedules import runs
from copilot_import.yaml_tree import Node


def _schedule(_manifest: Manifest, node: Node) -> Result:
    if str(node) == "none":
        return unsupported("create no schedule: it was switched off")
    try:
        expression, zone = runs(str(node))
    except ValueError as error:
        return unsupported(str(error))
    shown = f'schedule="{expression}"' + (f', time_zone="{zone}"' if zone else "")
    return equivalent(shown, "" if zone else "in UTC")


def _publish(manifest: Manifest, _node: Node) -> Result:
    return equivalent(
        f"sns.Topic(...), topic.grant_publish({construct_of(manifest)}.role)",
        "in the stack; pass topic.topic_arn with with_environment: COPILOT_SNS_TOPIC_ARNS is no longer set",
    )


PUBLISH: dict[str, Rule] = {"publish.topics": _publish}


def _topics(manifest: Manifest, _node: Node) -> Result:
    found = [topic.name for topic in worker.topics(manifest)]
    left = worker.other_topics(manifest)
    notes = []
    if found:
        notes.append("set the ARN of a topic that exists, such as Copilot's; otherwise the stack creates it")
    if left:
        notes.append(f"not {', '.join(left)}: a worker has one queue; create a FargateWorker with a WorkQueue for each")
    if worker.nested_filters(manifest):
        notes.append("filter policies on message bodies are not copied: add filter_policy_with_message_body")
    if not found:
        return unsupported("; ".join(notes) or "a topic needs name and service")
    return equivalent(f"TOPICS in stacks/worker.py: {', '.join(found)}", "; ".join(notes))


def _queue_seconds(field: str, becomes: str, limits: tuple[int, int]) -> Rule:
    """The rule of a setting of the queue in seconds."""

    def rule(manifest: Manifest, _node: Node) -> Result:
        given = seconds_of(manifest, "subscribe", "queue", field)
        if given is None:
            return unsupported("not a duration such as 90s or 1h30m: correct it")
        low, high = limits
        allowed = min(max(round(given), low), high)
        return equivalent(becomes.format(allowed), f"{low} to {high} seconds" if allowed != given else "")

    return rule


def _tries(manifest: Manifest, node: Node) -> Result:
    low, high = worker.TRIES
    found = worker.tries(manifest)
    return equivalent(f"WorkQueue(max_receives={found})", "" if str(node) == str(found) else f"{low} to {high}")


def _fifo(manifest: Manifest, _node: Node) -> Result:
    if worker.has_fifo_queue(manifest):
        return unsupported("workers take standard queues: see Targets below")
    return equivalent("WorkQueue", "a standard queue, as before")


SUBSCRIBE: dict[str, Rule] = {
    "subscribe.topics": _topics,
    "subscribe.queue.timeout": _queue_seconds(
        "timeout", "WorkQueue(visibility_timeout=cdk.Duration.seconds({}))", worker.TIMEOUT_SECONDS
    ),
    "subscribe.queue.delay": _queue_seconds("delay", "DelaySeconds={} of the queue", worker.DELAY_SECONDS),
    "subscribe.queue.retention": _queue_seconds(
        "retention", "MessageRetentionPeriod={} of the queue", worker.RETENTION_SECONDS
    ),
    "subscribe.queue.dead_letter.tries": _tries,
    "subscribe.queue.fifo": _fifo,
    "subscribe.queue.fifo.**": _fifo,
}


def _retries(_manifest: Manifest, node: Node) -> Result:
    others = [
        f"{construct}(retries={node})"
        for construct, most in (("EksAutoScheduledJob", 10), ("LambdaScheduledJob", 2))
        if re.fullmatch(r"\d{1,4}", str(node)) and int(str(node)) <= most
    ]
    use = f", or use {' or '.join(others)}" if others else ""
    return unsupported(f"no second attempt: failed_runs has the run, and its alarm notifies; repeat in the code{use}")


def _timeout(_manifest: Manifest, node: Node) -> Result:
    limit = seconds(str(node)) or 0
    others = [
        f"{construct}(timeout=cdk.Duration.seconds({round(limit)}))"
        for construct, most in (("EksAutoScheduledJob", float("inf")), ("LambdaScheduledJob", 900))
        if 1 <= limit <= most
    ]
    use = f", or use {' or '.join(others)}" if others else ""
    return unsupported(f"a task has no time limit: let the command end itself{use}")


SCHEDULED_JOB: dict[str, Rule] = {
    "count.**": unsupported("a job runs one task at a time"),
    "on.schedule": _schedule,
    "retries": _retries,
    "timeout": _timeout,
}
