"""The whole run of a service in another language: its image has no shell, no Python and no orders API."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployment.results import Outcome, Results
from tests.conftest import ROOT
from tests.integration.end_to_end import LocalRun, assert_nothing_left

pytestmark = pytest.mark.local_run
TARGETS = 9


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRun]:
    monkeypatch.setenv("SERVICE_FILE", "samples/hello_node/service.py")
    local = LocalRun(tmp_path)
    yield local
    local.run("down")


def assert_nine_targets_passed(ended: subprocess.CompletedProcess[str], found: Results) -> None:
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{TARGETS} passed · 0 failed · 0 not run" in ended.stdout
    for target in found.targets.values():
        outcomes = {check.name: check.outcome for check in target.checks}
        assert outcomes["GET /"] is Outcome.PASSED
        assert outcomes["all measured requests succeed"] is Outcome.PASSED
        assert outcomes["order is created"] is Outcome.NOT_RUN
        assert target.requests > 0
    assert found.workflow is not None
    assert found.permissions is not None
    assert found.fault_injection is not None
    assert "no orders API" in found.workflow.reason
    assert (found.workflow.outcome, found.permissions.outcome) == (Outcome.NOT_RUN, Outcome.NOT_RUN)
    assert found.fault_injection.outcome is Outcome.PASSED


def test_nine_targets_pass_as_processes(local: LocalRun) -> None:
    ended = local.run("run", "--engine", "processes", "--requests", "20")
    assert_nine_targets_passed(ended, local.results())
    assert_nothing_left(local)


@pytest.mark.container
def test_nine_targets_pass_in_containers(local: LocalRun) -> None:
    base_image = subprocess.run([ROOT / ".ci/base-image", "node"], capture_output=True, text=True, check=True).stdout
    ended = local.run("run", "--engine", "docker", "--requests", "20", "--base-image", base_image.strip())
    found = local.results()
    assert_nine_targets_passed(ended, found)
    for name, target in found.targets.items():
        for container in target.containers:
            if container.role == "service":
                assert container.user == "10001:10001"
                # App Runner has no property for it.
                assert container.read_only is (name != "app-runner")
                assert container.image_digest
    assert_nothing_left(local)
