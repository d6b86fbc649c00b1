"""Topics, queues and schedules."""

import re

from copilot_import.manifest import Manifest
from copilot_import.rules.answer import Answer, Rule, nothing, same
from copilot_import.tree import Node, shown

_PRESETS = {
    "@hourly": "0 * * * ? *",
    "@daily": "0 0 * * ? *",
    "@midnight": "0 0 * * ? *",
    "@weekly": "0 0 ? * 1 *",
    "@monthly": "0 0 1 * ? *",
    "@annually": "0 0 1 1 ? *",
    "@yearly": "0 0 1 1 ? *",
}
_MINUTES = {"h": 60.0, "m": 1.0, "s": 1 / 60}
_QUEUE = "sqs.Queue, and what reads it: alias.add_event_source(SqsEventSource(queue)), or a pipe"


def aws_schedule(said: str) -> str | None:
    """Return a schedule as EventBridge takes it, None for one that it cannot take.

    Cron with five fields has no year, counts week days from 0 and lets both kinds of days be `*`:
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html (2026-11-24)
    """
    if re.fullmatch(r"(rate|cron)\(.+\)", said):
        return said
    if said in _PRESETS:
        return f"cron({_PRESETS[said]})"
    if said.startswith("@every "):
        minutes = _minutes(said.removeprefix("@every ").strip())
        return f"rate({minutes} {'minute' if minutes == 1 else 'minutes'})" if minutes else None
    parts = said.split()
    return _cron(*parts) if len(parts) == 5 else None


def _minutes(duration: str) -> int | None:
    if not re.fullmatch(r"(\d{1,6}(\.\d{1,6})?[hms])+", duration):
        return None
    total = sum(float(number) * _MINUTES[unit] for number, unit in re.findall(r"([\d.]+)([hms])", duration))
    return round(total) if total >= 1 and abs(total - round(total)) < 1e-9 else None


def _cron(minute: str, hour: str, day: str, month: str, week_day: str) -> str | None:
    is_any_day, is_any_week_day = day in ("*", "?"), week_day in ("*", "?")
    if not is_any_day and not is_any_week_day:
        return None
    if is_any_week_day:
        return f"cron({minute} {hour} {'*' if is_any_day else day} {month} ? *)"
    counted = re.sub(r"(?<!/)\d+", lambda found: str(int(found[0]) % 7 + 1), week_day)
    return f"cron({minute} {hour} ? {month} {counted} *)"


def _schedule(_manifest: Manifest, node: Node) -> Answer:
    said = shown(node)
    if said == "none":
        return nothing("make no schedule: it was switched off")
    expression = aws_schedule(said)
    if expression is None:
        return nothing(
            "EventBridge takes rate(...) or cron(...) with a day of the month or of the week: write two schedules"
        )
    return same(f'scheduler.ScheduleExpression.expression("{expression}")', "with EcsRunFargateTask as its target")


PUBLISHING: dict[str, Rule] = {
    "publish.topics": same(
        "sns.Topic(...), topic.grant_publish(service.role)",
        "in the stack; hand over topic.topic_arn by with_environment: COPILOT_SNS_TOPIC_ARNS is gone",
    )
}
WORKER: dict[str, Rule] = {
    "subscribe.topics": same(
        "topic.add_subscription(SqsSubscription(queue))",
        "in the stack, with the same filter policies; COPILOT_TOPIC_QUEUE_URIS is gone",
    ),
    "subscribe.queue.**": same(_QUEUE, "in the stack; a function gets the messages, a task needs the queue's url"),
}
JOB: dict[str, Rule] = {
    "count.**": nothing("a job runs one copy each time"),
    "on.schedule": _schedule,
    "retries": same(
        "EcsRunFargateTask(retry_attempts=...)", "of starting; a task that fails is retried by Step Functions"
    ),
    "timeout": nothing("a task runs until it ends: let the command stop itself, or run it in a state machine"),
}
