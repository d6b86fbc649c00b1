"""Cron expressions of CronJobs."""

import pytest

from local_aws.emulator.formats.cron_job import eventbridge_schedule
from microservice.schedule import kubernetes_schedule


@pytest.mark.parametrize(
    ("cron", "schedule"),
    [
        ("* * * * *", "cron(* * * * ? *)"),
        ("30 2 1,15 * *", "cron(30 2 1,15 * ? *)"),
        ("0 7 * * 1-5", "cron(0 7 ? * 2-6 *)"),
        ("0 7 * * 0,7", "cron(0 7 ? * 1,1 *)"),
        ("0 7 * JAN MON-FRI", "cron(0 7 ? JAN MON-FRI *)"),
        ("0 7 * * 0-6/2", "cron(0 7 ? * 1-7/2 *)"),
    ],
)
def test_a_cron_expression_has_the_same_times(cron, schedule):
    assert eventbridge_schedule(cron) == schedule


@pytest.mark.parametrize("schedule", ["cron(0 7 ? * MON-FRI *)", "cron(5 4 ? * 1,4 *)", "cron(0 0 1 1 ? *)"])
def test_the_schedule_of_a_construct_comes_back(schedule):
    assert eventbridge_schedule(kubernetes_schedule(schedule)) == schedule


@pytest.mark.parametrize("cron", ["@daily", "* * * *", "0 7 1 * 1"])
def test_other_expressions_are_an_error(cron):
    with pytest.raises(ValueError, match="is not emulated"):
        eventbridge_schedule(cron)
