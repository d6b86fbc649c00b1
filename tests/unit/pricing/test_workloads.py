"""The cost of workers and jobs, checked by hand."""

import dataclasses
import json
import subprocess
import sys

import pytest

from deployment.errors import ActionableError
from pricing.prices import PriceList
from pricing.workloads import PLATFORMS, WorkloadUsage, workload_costs
from tests.conftest import ROOT

PRICES = PriceList.load()
FARGATE_HOUR = 0.25 * 0.04048 + 0.5 * 0.004445


def costs(**usage: float):
    return {found.platform: found for found in workload_costs(WorkloadUsage(**usage), PRICES)}


def test_each_platform_has_a_cost():
    assert list(costs()) == list(PLATFORMS)


def test_an_idle_worker_on_ecs_pays_for_its_alarms_only():
    assert costs()["ECS on Fargate"].idle_worker_usd == pytest.approx(11 * 0.10)


def test_a_busy_worker_on_ecs_pays_for_whole_tasks():
    one, two = (costs(messages_per_second=rate)["ECS on Fargate"].worker_usd for rate in (4, 6))
    requests = 2 * 730 * 3600 * 3 / 1e6 * 0.40
    assert two - one == pytest.approx(730 * FARGATE_HOUR + requests + 730 * 3600 / 20 / 1e6 * 0.40)


def test_a_task_bills_at_least_a_minute():
    short, minute = (costs(minutes_a_run=minutes)["ECS on Fargate"].job_usd for minutes in (0.1, 1))
    assert short == minute == pytest.approx(730 / 60 * FARGATE_HOUR + 730 / 1e6 + 0.10)


def test_a_function_pays_by_duration():
    job = costs()["Lambda"].job_usd
    assert job == pytest.approx(730 * 120 * 0.5 * 0.0000166667 + 730 / 1e6 * 1.20 + 0.10)


def test_a_long_run_is_no_job_for_lambda():
    found = costs(minutes_a_run=16)["Lambda"]
    assert (found.job_usd, found.unsupported_reason) == (None, "a function runs for up to 15 minutes")


def test_a_worker_on_eks_never_scales_to_zero():
    found = costs(messages_per_second=0)["EKS Auto Mode"]
    assert found.worker_usd == pytest.approx(found.idle_worker_usd)
    assert found.idle_worker_usd > costs()["Lambda"].idle_worker_usd


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(WorkloadUsage)])
def test_a_negative_value_is_an_error(field):
    with pytest.raises(ActionableError, match=r"1 invalid value"):
        WorkloadUsage(**{field: -1})


@pytest.mark.parametrize("format_", ["terminal", "markdown", "json"])
def test_the_command_prints_every_platform(format_):
    command = [sys.executable, "-m", "comparison", "workloads", "--minutes-a-run", "20", "--format", format_]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(platform in printed for platform in PLATFORMS)
    if format_ == "json":
        assert json.loads(printed)["costs"][2]["job_usd"] is None
