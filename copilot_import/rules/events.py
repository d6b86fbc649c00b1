"""Rules for topics, queues and schedules."""

import re

from copilot_import.findings import Result, Rule, equivalent, unsupported
from copilot_import.manifest import Manifest
from copilot_import.yaml_tree import Node

_PRESETS = {
    "@hourly": "0 * * * ? *",
    "@daily": "0 0 * * ? *",
    "@midnight": "0 0 * * ? *",
    "@weekly": "0 0 ? * 1 *",
    "@monthly": "0 0 1 * ? *",
    "@annually": "0 0 1 1 ? *",
    "@yearly": "0 0 1 1 ? *",
}
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_QUEUE = "sqs.Queue with a consumer: alias.add_event_source(SqsEventSource(queue)), or a pipe"


def schedule_expression(schedule: str) -> str | None:
    """Return the EventBridge expression of a Copilot schedule; None if EventBridge does not support it.

    Five-field cron has no year, counts weekdays from 0, and allows `*` for both kinds of days:
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html (2026-11-24)
    """
    if re.fullmatch(r"(rate|cron)\(.+\)", schedule):
        return schedule
    if schedule in _PRESETS:
        return f"cron({_PRESETS[schedule]})"
    if schedule.startswith("@every "):
        minutes = _minutes(schedule.removeprefix("@every ").strip())
        return f"rate({minutes} {'minute' if minutes == 1 else 'minutes'})" if minutes else None
    parts = schedule.split()
    return _cron(*parts) if len(parts) == 5 else None


def _minutes(duration: str) -> int | None:
    total = (_seconds(duration) or 0) / 60
    return round(total) if total >= 1 and abs(total - round(total)) < 1e-9 else None


def _seconds(duration: str) -> float | None:
    if not re.fullmatch(r"(\d{1,6}(\.\d{1,6})?[hms])+", duration):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([\d.]+)([hms])", duration))


def _cron(minute: str, hour: str, day: str, month: str, week_day: str) -> str | None:
    is_any_day, is_any_week_day = day in ("*", "?"), week_day in ("*", "?")
    if not is_any_day and not is_any_week_day:
        return None
    if is_any_week_day:
        return f"cron({minute} {hour} {'*' if is_any_day else day} {month} ? *)"
    counted = re.sub(r"(?<!/)\d+", lambda found: str(int(found[0]) % 7 + 1), week_day)
    return f"cron({minute} {hour} ? {month} {counted} *)"


def _schedule(_manifest: Manifest, node: Node) -> Result:
    schedule = str(node)
    if schedule == "none":
        return unsupported("create no schedule: it was switched off")
    zone, schedule = split_time_zone(schedule)
    expression = schedule_expression(schedule)
    if expression is None:
        return unsupported(_without_expression(schedule))
    arguments = f'"{expression}"' + (f', cdk.TimeZone.of("{zone}")' if zone else "")
    return equivalent(f"scheduler.ScheduleExpression.expression({arguments})", "with EcsRunFargateTask as target")


def split_time_zone(schedule: str) -> tuple[str, str]:
    """Return the time zone of `CRON_TZ=Europe/Berlin 0 9 * * *`, empty without one, and the schedule after it."""
    found = re.fullmatch(r"(?:CRON_)?TZ=(\S+)\s+(.+)", schedule)
    return (found[1], found[2]) if found else ("", schedule)


def _without_expression(schedule: str) -> str:
    """Why EventBridge does not support a schedule, and what to write instead."""
    if schedule.startswith("@every "):
        seconds = _seconds(schedule.removeprefix("@every ").strip())
        if seconds is None:
            return "not a duration such as 90m or 1h30m: correct it"
        low = max(1, int(seconds // 60))
        shown = " or ".join(f"rate({number} {'minute' if number == 1 else 'minutes'})" for number in (low, low + 1))
        return f"EventBridge counts whole minutes: use {shown}, or let a service wait between two runs"
    parts = schedule.split()
    if len(parts) == 5 and not {"*", "?"} & {parts[2], parts[4]}:
        return "EventBridge accepts either a day of the month or a weekday: use two schedules"
    return "not a schedule: EventBridge accepts rate(...), or cron(...) with six fields"


PUBLISH: dict[str, Rule] = {
    "publish.topics": equivalent(
        "sns.Topic(...), topic.grant_publish(service.role)",
        "in the stack; pass topic.topic_arn with with_environment: COPILOT_SNS_TOPIC_ARNS is no longer set",
    )
}
SUBSCRIBE: dict[str, Rule] = {
    "subscribe.topics": equivalent(
        "topic.add_subscription(SqsSubscription(queue))",
        "in the stack, with the same filter policies; COPILOT_TOPIC_QUEUE_URIS is no longer set",
    ),
    "subscribe.queue.**": equivalent(
        _QUEUE, "in the stack; a function receives the messages, a task needs the queue URL"
    ),
}
SCHEDULED_JOB: dict[str, Rule] = {
    "count.**": unsupported("a job runs one task at a time"),
    "on.schedule": _schedule,
    "retries": equivalent(
        "EcsRunFargateTask(retry_attempts=...)", "retries the start; use Step Functions to retry a failed task"
    ),
    "timeout": unsupported("a task has no time limit: let the command end itself, or use a state machine"),
}
