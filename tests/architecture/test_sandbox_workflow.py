"""The workflow that runs drills in an account: off by default, confirmed by a person, cleaned up in any case."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from comparison.facts.unverified import OTHER_SUBJECTS
from deployment.drills import LEVELS
from deployment.target_ids import documented_targets
from tests.conftest import ROOT

FILE = ROOT / ".github" / "workflows" / "sandbox.yml"
ROLE = "arn:aws:iam::111122223333:role/sandbox"
# In place of the interpreter of the checkout: it notes its arguments, and asks as `run` does.
PYTHON = f"""#!/bin/sh
echo "$@" >> calls
case "$*" in
  *"sandbox run"*) exec {sys.executable} -c '
import os, sys
from sandbox.confirmation import require_terminal, require_typed_account
require_terminal(sys.stdin)
require_typed_account("111122223333")
open("started", "w").close()
sys.exit(int(os.environ.get("RESULT", "0")))' ;;
  *"sandbox destroy broken"*) exit 1 ;;
esac
"""


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(FILE.read_text())
    return found


@pytest.fixture(scope="module")
def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    [job] = workflow["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "sandbox", tmp_path / ".ci" / "sandbox")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


def run(checkout: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    values = {"SANDBOX_ROLE": ROLE, "TARGET": "lambda", "LEVEL": "smoke", "CEILING": "5"} | environment
    return subprocess.run(
        [checkout / ".ci" / "sandbox", command],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | values,
        cwd=checkout,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_runs_without_the_role(workflow: dict[Any, Any]) -> None:
    assert [job["if"] for job in workflow["jobs"].values()] == ["vars.SANDBOX_ROLE != ''"]


def test_no_push_and_no_pull_request_starts_it(workflow: dict[Any, Any]) -> None:
    # YAML 1.1 reads the key `on` as true.
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}
    assert workflow["concurrency"]["cancel-in-progress"] is False


def test_the_form_has_every_target_and_levels_that_exist(workflow: dict[Any, Any]) -> None:
    inputs = workflow[True]["workflow_dispatch"]["inputs"]
    assert inputs["target"]["options"] == list(documented_targets())
    assert set(inputs["level"]["options"]) < set(LEVELS)
    assert not set(inputs["target"]["options"]) & set(OTHER_SUBJECTS)
    # No default: a person types it.
    assert inputs["account"] == {"description": "Account ID, which you type", "required": True, "type": "string"}


def test_a_role_of_an_environment_gives_the_credentials(workflow: dict[Any, Any], steps: list[dict[str, Any]]) -> None:
    assert workflow["jobs"]["drills"]["environment"] == "sandbox"
    [credentials] = [step for step in steps if step.get("uses", "").startswith("aws-actions/")]
    assert credentials["with"]["role-to-assume"] == "${{ vars.SANDBOX_ROLE }}"
    # The job ends before the credentials do.
    assert workflow["jobs"]["drills"]["timeout-minutes"] * 60 < credentials["with"]["role-duration-seconds"]


def test_the_stacks_are_deleted_and_the_evidence_is_kept_in_any_case(steps: list[dict[str, Any]]) -> None:
    *_, run_step, destroy, upload = steps
    assert (run_step["run"], "if" in run_step) == (".ci/sandbox run", False)
    assert (destroy["run"], destroy["if"]) == (".ci/sandbox destroy", "always()")
    assert upload["if"] == "always()"
    # The state file has the account ID.
    assert upload["with"]["path"] == "build/sandbox/*/evidence.json"


def test_the_id_that_a_person_typed_starts_the_run(checkout: Path) -> None:
    done = run(checkout, "run", TYPED_ACCOUNT="111122223333")
    assert done.returncode == 0, done.stdout
    assert (checkout / "started").exists()
    # The terminal does not echo it into the log.
    assert "111122223333" not in done.stdout
    expected = "-m sandbox run --account 111122223333 --target lambda --drills smoke --ceiling 5 --hours 2"
    assert (checkout / "calls").read_text().splitlines() == [expected]


@pytest.mark.parametrize("typed", ["", "444455556666", "yes"])
def test_another_id_starts_nothing(checkout: Path, typed: str) -> None:
    done = run(checkout, "run", TYPED_ACCOUNT=typed)
    assert done.returncode != 0
    assert "nothing was deployed" in done.stdout
    assert not (checkout / "started").exists()


def test_a_failed_run_fails_the_step(checkout: Path) -> None:
    assert run(checkout, "run", TYPED_ACCOUNT="111122223333", RESULT="3").returncode == 3


def test_a_value_of_the_form_is_no_part_of_the_script(checkout: Path) -> None:
    run(checkout, "run", TYPED_ACCOUNT="111122223333", TARGET="lambda; touch injected $(touch injected)")
    assert (checkout / "started").exists()
    assert not (checkout / "injected").exists()


def test_every_run_is_destroyed_and_the_remainder_listed(checkout: Path) -> None:
    for name in ("broken", "k3x9ab"):
        directory = checkout / "build" / "sandbox" / name
        directory.mkdir(parents=True)
        (directory / "state.json").touch()
    assert run(checkout, "destroy").returncode == 1
    assert (checkout / "calls").read_text().splitlines() == [
        "-m sandbox destroy broken",
        "-m sandbox destroy k3x9ab",
        "-m sandbox sweep --account 111122223333",
    ]


def test_without_a_run_nothing_is_destroyed(checkout: Path) -> None:
    assert run(checkout, "destroy").returncode == 0
    assert (checkout / "calls").read_text().splitlines() == ["-m sandbox sweep --account 111122223333"]
