"""The whole run without a container engine: the image's processes run directly."""

import os
import signal
import time

import pytest

from deployment.assembly import Assembly
from deployment.results import Outcome
from local_aws import lifecycle
from tests.integration.altered import altered_assembly
from tests.integration.end_to_end import LocalRun, assert_everything_passed, assert_nothing_left

pytestmark = pytest.mark.local_run


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> LocalRun:
    return LocalRun(tmp_path_factory.mktemp("processes"))


@pytest.fixture(scope="module")
def ended(local):
    return local.run("run", "--engine", "processes", "--requests", "50")


@pytest.fixture(scope="module")
def found(ended, local):
    assert ended.returncode is not None
    return local.results()


def test_everything_passes(ended, found, local):
    assert_everything_passed(ended, found, set(Assembly.load(local.directory / "cdk.out").targets))


def test_report_and_results_name_processes(ended, found):
    assert "processes" in ended.stdout
    for target in found.targets.values():
        assert target.executed_by.split(";")[0] == "processes"
        assert "process" in target.runs_as
        assert {container.read_only for container in target.containers} == {None}
    assert found.image_digest == ""


def test_the_report_has_the_figures_of_the_results(ended, found):
    for name in found.targets:
        assert name in ended.stdout
    assert ": 11 FULFILLED, 1 REJECTED" in ended.stdout
    assert found.workflow.trace.trace_id in ended.stdout
    assert "\x1b" not in ended.stdout
    assert ended.stderr == ""


@pytest.mark.usefixtures("ended")
def test_nothing_is_left(local):
    assert_nothing_left(local)


@pytest.fixture
def other(tmp_path):
    """A local environment for a test that breaks it; always stopped afterwards."""
    local = LocalRun(tmp_path / "local")
    yield local
    local.run("down")


def until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "timeout"
        time.sleep(0.2)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_after_an_interruption_nothing_is_left(other, number, status):
    process = other.start("run", "--engine", "processes")
    until(lambda: (other.directory / "deploy.log").exists())
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == status, out + err
    assert "nothing was left behind" in err
    assert_nothing_left(other)


def test_after_kill_9_the_next_command_cleans_up_and_works(other):
    process = other.start("run", "--engine", "processes")
    until(lambda: (other.directory / "deploy.log").exists())
    process.kill()
    process.communicate(timeout=10)
    assert other.processes(), "the emulator must outlive the run in this test"
    up = other.run("up", "--engine", "processes", "--assembly", str(other.directory / "cdk.out"))
    assert up.returncode == 0, up.stdout + up.stderr
    assert other.run("status").returncode == 0
    assert other.run("down").returncode == 0
    assert_nothing_left(other)


@pytest.mark.usefixtures("ended")
def test_an_image_that_crashes_at_its_first_deployment_fails_with_its_log(other, local, tmp_path):
    crash = ["sh", "-c", "echo no table; exit 3"]
    altered = altered_assembly(local.directory / "cdk.out", tmp_path / "cdk.out", "OrdersOnEcsFargate", crash)
    ended = other.run("run", "--engine", "processes", "--assembly", str(altered), "--requests", "5")
    assert ended.returncode == 1
    found = other.results()
    assert found.targets["ecs-fargate"].outcome is Outcome.FAILED
    assert "exited with 3" in found.targets["ecs-fargate"].cause
    assert "no table" in found.targets["ecs-fargate"].cause
    assert found.targets["lambda"].outcome is Outcome.PASSED
    assert found.workflow.outcome is Outcome.PASSED
    assert "✘ ecs-fargate: " in ended.stdout


def test_a_process_that_hangs_fails_its_target(other):
    up = other.run("up", "--engine", "processes")
    assert up.returncode == 0, up.stdout + up.stderr
    stopped = [int(container.labels["pid"]) for container in _services(other)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        called = other.run("call", "--requests", "5", "--timeout", "8")
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert called.returncode == 1
    assert other.results().targets["ecs-fargate"].outcome is Outcome.FAILED
    assert other.results().targets["lambda"].outcome is Outcome.PASSED


def _services(local: LocalRun):
    containers = lifecycle.load(local.directory).containers.describe()
    return [container for container in containers if container.role == "service"]
