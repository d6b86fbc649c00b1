"""Results say who ran a target, and where something stood in for AWS."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.calls.executed_by import executed_by
from local_aws.emulator.config import LAUNCHER_LABEL


@pytest.fixture
def running(tmp_path: Path) -> Any:
    stacks = {"Plain": ["AWS::ECS::Service"], "Express": ["AWS::ECS::Cluster", "AWS::ECS::ExpressGatewayService"]}
    artifacts = {}
    for name, types in stacks.items():
        resources = {f"R{number}": {"Type": kind} for number, kind in enumerate(types)}
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": resources}))
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return SimpleNamespace(engine=SimpleNamespace(kind="docker", version="20.10"), assembly=tmp_path)


def test_the_engine_ran_what_the_emulator_knows(running: Any) -> None:
    assert executed_by(running, "Plain", []) == "docker 20.10"


def test_a_stand_in_is_named(running: Any) -> None:
    assert executed_by(running, "Express", []) == "docker 20.10; our stand-in for Express Mode"


def test_the_tool_that_started_its_containers_is_named_once(running: Any) -> None:
    own: Any = [SimpleNamespace(labels={LAUNCHER_LABEL: "docker-compose 1.29.2"})] * 2 + [SimpleNamespace(labels={})]
    assert executed_by(running, "Plain", own) == "docker 20.10; started by docker-compose 1.29.2"
