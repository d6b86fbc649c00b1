"""The schedule of a Kubernetes CronJob, as one of EventBridge."""

import re


def eventbridge_schedule(cron: str) -> str:
    """Return the schedule expression of EventBridge for the cron expression of a CronJob.

    Its days of the week start at 1, and one of the two days is `?`.

    Raises:
        ValueError: the expression has not five fields, or names days of the month and of the week.
    """
    fields = cron.split()
    if len(fields) != 5 or (fields[2] != "*" and fields[4] != "*"):
        raise ValueError(f"schedule {cron!r} is not emulated: five fields, with '*' as one of the two days")
    minute, hour, day, month, week_day = fields
    if week_day == "*":
        return f"cron({minute} {hour} {day} {month} ? *)"
    days, slash, step = week_day.partition("/")
    days = re.sub(r"\d+", lambda found: str(int(found[0]) % 7 + 1), days)
    return f"cron({minute} {hour} ? {month} {days}{slash}{step} *)"
