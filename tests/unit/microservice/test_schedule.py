"""Schedule expressions of EventBridge, and their Kubernetes form."""

import pytest

from microservice.schedule import kubernetes_schedule, validate_schedule

SAME = {
    "rate(1 minute)": "* * * * *",
    "rate(15 minutes)": "*/15 * * * *",
    "rate(60 minutes)": "0 * * * *",
    "rate(1 hour)": "0 * * * *",
    "rate(6 hours)": "0 */6 * * *",
    "rate(1 day)": "0 0 * * *",
    "cron(0 7 ? * MON-FRI *)": "0 7 * * MON-FRI",
    "cron(0 7 ? * 2-6 *)": "0 7 * * 1-5",
    "cron(30 6 1,15 * ? *)": "30 6 1,15 * *",
    "cron(0/15 8-17 ? * SUN *)": "0-59/15 8-17 * * SUN",
    "cron(0 0 ? JAN,JUL 1,7 *)": "0 0 * JAN,JUL 0,6",
    "cron(5 */2 * * ? *)": "5 */2 * * *",
}


@pytest.mark.parametrize("schedule", SAME)
def test_kubernetes_runs_at_the_same_times(schedule: str) -> None:
    validate_schedule(schedule, "Europe/Berlin")
    assert kubernetes_schedule(schedule) == SAME[schedule]


@pytest.mark.parametrize(
    "schedule",
    [
        *("rate(7 minutes)", "rate(90 minutes)", "rate(5 hours)", "rate(2 days)", "at(2027-01-31T07:00:00)"),
        *("cron(0 7 L * ? *)", "cron(0 7 ? * 6L *)", "cron(0 7 ? * 2#1 *)", "cron(0 7 15W * ? *)"),
        "cron(0 7 1 1 ? 2027)",
    ],
)
def test_what_kubernetes_cannot_express_is_rejected(schedule: str) -> None:
    validate_schedule(schedule, "UTC")
    with pytest.raises(ValueError, match=r"is not supported by Kubernetes \(allowed: .+\)\. "):
        kubernetes_schedule(schedule)


@pytest.mark.parametrize(
    "schedule",
    [
        *("", "hourly", "rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(1.5 hours)", "0 7 * * *"),
        *("cron(0 7 * * * *)", "cron(0 7 ? * ? *)", "cron(0 7 * * ?)", "cron(? 7 * * ? *)", "at(tomorrow)"),
    ],
)
def test_what_eventbridge_does_not_accept_is_rejected(schedule: str) -> None:
    with pytest.raises(ValueError, match="schedule="):
        validate_schedule(schedule, "UTC")


@pytest.mark.parametrize("zone", ["", "Europe/", "Europe Berlin", "+02:00"])
def test_a_time_zone_is_a_name(zone: str) -> None:
    with pytest.raises(ValueError, match="time_zone="):
        validate_schedule("rate(1 hour)", zone)
