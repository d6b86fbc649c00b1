"""Results say who ran a target, and where something stood in for AWS."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployment.contract.executed_by import executed_by
from local_aws.emulator.config import LAUNCHER_LABEL
from local_aws.emulator.services import EXECUTORS
from tests.conftest import Synthesised


@pytest.fixture
def running(tmp_path: Path) -> Any:
    stacks = {"Plain": ["AWS::SQS::Queue"], "Express": ["AWS::ECS::Cluster", "AWS::ECS::ExpressGatewayService"]}
    artifacts = {}
    for name, types in stacks.items():
        resources = {f"R{number}": {"Type": kind} for number, kind in enumerate(types)}
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": resources}))
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return SimpleNamespace(engine=SimpleNamespace(kind="docker", version="20.10"), assembly=tmp_path)


def test_the_engine_ran_what_the_emulator_knows(running: Any) -> None:
    assert executed_by(running, "Plain", []) == ("docker 20.10", "")


def test_a_stand_in_is_named(running: Any) -> None:
    by, not_shown = executed_by(running, "Express", [])
    assert by == "docker 20.10; Express Mode emulated by this project"
    assert "certificate" in not_shown


def test_the_tool_that_started_its_containers_is_named_once(running: Any) -> None:
    own: Any = [SimpleNamespace(labels={LAUNCHER_LABEL: "docker-compose 1.29.2"})] * 2 + [SimpleNamespace(labels={})]
    assert executed_by(running, "Plain", own)[0] == "docker 20.10; started by docker-compose 1.29.2"


def test_every_target_says_who_ran_it_and_what_that_does_not_show(synthesised: Synthesised) -> None:
    for stack in synthesised.target_stacks:
        types = {found["Type"] for found in synthesised.templates[stack]["Resources"].values()}
        executors = [executor for kind, executor in EXECUTORS.items() if kind in types]
        assert executors, stack
        assert all(executor.not_shown for executor in executors)
