"""Copilot's schedules as expressions of EventBridge Scheduler."""

import re

from copilot_import.durations import seconds
from copilot_import.manifest import Manifest
from microservice.schedule import validate_schedule

_PRESETS = {
    "@hourly": "0 * * * ? *",
    "@daily": "0 0 * * ? *",
    "@midnight": "0 0 * * ? *",
    "@weekly": "0 0 ? * 1 *",
    "@monthly": "0 0 1 * ? *",
    "@annually": "0 0 1 1 ? *",
    "@yearly": "0 0 1 1 ? *",
}


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
    total = (seconds(duration) or 0) / 60
    return round(total) if total >= 1 and abs(total - round(total)) < 1e-9 else None


def _cron(minute: str, hour: str, day: str, month: str, week_day: str) -> str | None:
    is_any_day, is_any_week_day = day in ("*", "?"), week_day in ("*", "?")
    if not is_any_day and not is_any_week_day:
        return None
    if is_any_week_day:
        return f"cron({minute} {hour} {'*' if is_any_day else day} {month} ? *)"
    counted = re.sub(r"(?<!/)\d+", lambda found: str(int(found[0]) % 7 + 1), week_day)
    return f"cron({minute} {hour} ? {month} {counted} *)"


def runs(schedule: str) -> tuple[str, str]:
    """Return the expression and the time zone of a Copilot schedule, which is "" for UTC.

    Raises:
        ValueError: EventBridge does not support the schedule; the message says what to write instead.
    """
    zone, rest = split_time_zone(schedule)
    expression = schedule_expression(rest)
    if expression is None:
        raise ValueError(_without_expression(rest))
    validate_schedule(expression, zone or "UTC")
    return expression, zone


def reason_without_schedule(manifest: Manifest) -> str:
    """Return why a job gets no schedule, and what to do instead; empty if it gets one."""
    node = manifest.find("on", "schedule")
    if node is None:
        return "No construct: the job has no on.schedule. Write one."
    if str(node) == "none":
        return (
            "No construct: on.schedule is none, which switches the job off. `one_shot_task_definition` runs the same "
            "image without a schedule."
        )
    try:
        runs(str(node))
    except ValueError as error:
        return f"No construct: on.schedule is {str(node)[:80]!r}; {error}"
    return ""


def split_time_zone(schedule: str) -> tuple[str, str]:
    """Return the time zone of `CRON_TZ=Europe/Berlin 0 9 * * *`, empty without one, and the schedule after it."""
    found = re.fullmatch(r"(?:CRON_)?TZ=(\S+)\s+(.+)", schedule)
    return (found[1], found[2]) if found else ("", schedule)


def _without_expression(schedule: str) -> str:
    """Why EventBridge does not support a schedule, and what to write instead."""
    if schedule.startswith("@every "):
        every = seconds(schedule.removeprefix("@every ").strip())
        if every is None:
            return "not a duration such as 90m or 1h30m: correct it"
        low = max(1, int(every // 60))
        shown = " or ".join(f"rate({number} {'minute' if number == 1 else 'minutes'})" for number in (low, low + 1))
        return f"EventBridge counts whole minutes: use {shown}, or let a service wait between two runs"
    parts = schedule.split()
    if len(parts) == 5 and not {"*", "?"} & {parts[2], parts[4]}:
        return "EventBridge accepts either a day of the month or a weekday: use two schedules"
    return "not a schedule: EventBridge accepts rate(...), or cron(...) with six fields"
