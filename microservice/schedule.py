"""Schedule expressions of EventBridge, and their Kubernetes form."""

import re

_FORM = "rate(15 minutes), cron(0 7 ? * MON-FRI *) or at(2027-01-31T07:00:00)"
_UNITS = {"minute": 1, "hour": 60, "day": 24 * 60}
_RATE = re.compile(r"rate\(([1-9]\d{0,4}) (minute|hour|day)(s?)\)", re.ASCII)
_AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)", re.ASCII)
_CRON = re.compile(r"cron\(([^()]+)\)", re.ASCII)
_FIELD = re.compile(r"[\w*?,/#-]+", re.ASCII)
_ZONE = re.compile(r"[A-Za-z][\w+-]*(/[\w+-]+)*", re.ASCII)
# Last value of each field, and of the days of the week in Kubernetes.
_LAST = (59, 23, 31, 12, 6)
_DAY_OF_WEEK = 4


def validate_schedule(schedule: str, time_zone: str) -> None:
    """Check the form of a schedule expression and of a time zone.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html

    Raises:
        ValueError: EventBridge Scheduler does not accept one of them.
    """
    if not _ZONE.fullmatch(time_zone):
        raise ValueError(
            f"time_zone={time_zone!r} is not valid (allowed: a name of the IANA database, such as 'Europe/Berlin'). "
            "Set a name, or leave it out for UTC."
        )
    rate, cron = _RATE.fullmatch(schedule), _CRON.fullmatch(schedule)
    if rate and (int(rate[1]) == 1) != bool(rate[3]):
        return
    if _AT.fullmatch(schedule) or (cron and _is_cron(cron[1].split(" "))):
        return
    raise ValueError(
        f"schedule={schedule!r} is not valid (allowed: {_FORM}). A cron expression has six fields, and '?' as its day "
        "of the month or of the week; rate(1 hour) is singular."
    )


def _is_cron(fields: list[str]) -> bool:
    return (
        len(fields) == 6
        and all(_FIELD.fullmatch(field) for field in fields)
        and [fields[2], fields[4]].count("?") == 1
        and all("?" not in fields[place] for place in (0, 1, 3, 5))
    )


def kubernetes_schedule(schedule: str) -> str:
    """Return the cron expression of a CronJob with the same times as a schedule expression.

    A rate counts from the creation of an EventBridge schedule, and from midnight here: only rates that divide an hour
    or a day have the same distance between all runs.

    Raises:
        ValueError: Kubernetes has no such expression.
    """
    rate = _RATE.fullmatch(schedule)
    if rate:
        return _of_rate(schedule, int(rate[1]) * _UNITS[rate[2]])
    cron = _CRON.fullmatch(schedule)
    if cron is None:
        raise _unsupported(schedule, "rate(…) and cron(…)", "Use FargateScheduledJob for a single run.")
    *fields, year = cron[1].split(" ")
    if year != "*":
        raise _unsupported(schedule, "'*' as the year", "Remove the job when it is no longer needed.")
    if any(re.search(r"[#L]|\dW|^W", field) for field in (fields[2], fields[4])):
        allowed = "days without L, W and #"
        raise _unsupported(schedule, allowed, "Start the job on more days, and let it end at once on all others.")
    return " ".join(_field(place, field) for place, field in enumerate(fields))


def _of_rate(schedule: str, minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours == 0 and 60 % rest == 0:
        return "* * * * *" if rest == 1 else f"*/{rest} * * * *"
    if rest == 0 and 24 % hours == 0:
        return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")
    raise _unsupported(schedule, "rates that divide an hour or a day", "Use a cron expression, or another rate.")


def _field(place: int, field: str) -> str:
    """Return a field for Kubernetes: its days of the week start at 0, and it has no '?'."""
    return ",".join(_part(place, part) for part in field.split(","))


def _part(place: int, part: str) -> str:
    if part == "?":
        return "*"
    values, has_step, step = part.partition("/")
    if place == _DAY_OF_WEEK:
        values = re.sub(r"\d+", lambda found: str(int(found[0]) - 1), values)
    if has_step and "-" not in values and values != "*":
        values = f"{values}-{_LAST[place]}"
    return f"{values}{has_step}{step}"


def _unsupported(schedule: str, allowed: str, fix: str) -> ValueError:
    return ValueError(f"schedule={schedule!r} is not supported by Kubernetes (allowed: {allowed}). {fix}")
