"""The local environment: requests to deployed URLs, its state file, and the description of what ran a target."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.emulator.config import LAUNCHER_LABEL
from local_aws.emulator.services import EXECUTORS
from local_aws.environment import EngineInfo, LocalEnvironment, read
from tests.conftest import Synthesised

LOCAL = LocalEnvironment(
    endpoint="http://127.0.0.1:4566",
    container_endpoint="http://127.0.0.1:4566",
    engine=EngineInfo(kind="processes"),
    emulator_pid=1,
    emulator_started=1,
    label="local-aws-0",
    directory=Path("local"),
    assembly=Path("cdk.out"),
)


@pytest.mark.parametrize(
    ("url", "base", "host"),
    [
        ("https://0a1b.execute-api.us-east-1.amazonaws.com/", "", "0a1b.execute-api.localhost:4566"),
        ("http://0a1b.execute-api.localhost:4566", "", "0a1b.execute-api.localhost:4566"),
        ("https://abc.lambda-url.us-east-1.on.aws/", "", "abc.lambda-url.us-east-1.on.aws:4566"),
        ("https://0a1b.execute-api.us-east-1.amazonaws.com/prod/", "/prod", "0a1b.execute-api.localhost:4566"),
    ],
)
def test_a_deployed_url_becomes_a_base_url_and_a_host_header(url, base, host):
    assert LOCAL.request_target(url) == (f"http://127.0.0.1:4566{base}", {"Host": host})


def test_the_state_file_is_read_back_the_same(tmp_path):
    environment = replace(LOCAL, directory=tmp_path)
    environment.save()
    assert read(tmp_path) == environment


def test_an_invalid_state_file_is_no_environment(tmp_path):
    (tmp_path / "state.json").write_text('{"endpoint": ')
    assert read(tmp_path) is None


def test_the_settings_for_aws_clients_are_a_shell_command():
    assert LOCAL.shell_settings().startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=test ")


def test_commands_are_quoted_to_paste():
    assert LOCAL.command("logs", "ecs-fargate") == "python -m local_aws logs ecs-fargate"


@pytest.fixture
def environment(tmp_path: Path) -> LocalEnvironment:
    stacks = {"Plain": ["AWS::SQS::Queue"], "Express": ["AWS::ECS::Cluster", "AWS::ECS::ExpressGatewayService"]}
    artifacts = {}
    for name, types in stacks.items():
        resources = {f"R{number}": {"Type": kind} for number, kind in enumerate(types)}
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": resources}))
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return replace(LOCAL, engine=EngineInfo(kind="docker", version="20.10"), assembly=tmp_path)


def test_the_engine_is_named_first(environment: LocalEnvironment) -> None:
    assert environment.executed_by("Plain", []) == ("docker 20.10", "")


def test_an_emulated_service_is_named(environment: LocalEnvironment) -> None:
    by, not_shown = environment.executed_by("Express", [])
    name, _ = EXECUTORS["AWS::ECS::ExpressGatewayService"]
    assert by == f"docker 20.10; {name}"
    assert "Express Mode" in name
    assert "certificate" in not_shown


def test_the_tool_that_started_its_containers_is_named_once(environment: LocalEnvironment) -> None:
    own: Any = [SimpleNamespace(labels={LAUNCHER_LABEL: "docker-compose 1.29.2"})] * 2 + [SimpleNamespace(labels={})]
    assert environment.executed_by("Plain", own)[0] == "docker 20.10; started by docker-compose 1.29.2"


def test_every_target_has_an_executor_that_names_what_is_not_shown(synthesised: Synthesised) -> None:
    for stack in synthesised.target_stacks:
        types = {found["Type"] for found in synthesised.templates[stack]["Resources"].values()}
        executors = [executor for kind, executor in EXECUTORS.items() if kind in types]
        assert executors, stack
        assert all(executor.not_shown for executor in executors)
