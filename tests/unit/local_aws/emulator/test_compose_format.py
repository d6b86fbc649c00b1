"""A Compose file as an ECS task definition."""

from pathlib import Path
from typing import Any

import pytest

from local_aws.emulator.formats.compose_file import task_definition
from tests.emulated.templates import COMPOSE

VARIABLES = {"REPOSITORY": "tiny", "SETTING": "something"}
ARN = "arn:aws:ssm:eu-west-1:1:parameter/key"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "docker-compose.yml"


def container(file: Path, text: str, **secrets: str) -> dict[str, Any]:
    file.write_text(text)
    [found] = task_definition(file, VARIABLES, secrets)["ContainerDefinitions"]
    return dict(found)


def test_directories_in_memory_are_mounts(file: Path) -> None:
    text = COMPOSE + '    tmpfs: ["/tmp:size=64m,mode=1777"]\n'
    mounts = container(file, text)["LinuxParameters"]["Tmpfs"]
    assert mounts == [{"ContainerPath": "/tmp", "Size": 64, "MountOptions": ["mode=1777"]}]
    assert "Tmpfs" not in container(file, COMPOSE)["LinuxParameters"]


def test_without_a_health_check_the_load_balancer_decides(file: Path) -> None:
    text = "".join(line for line in COMPOSE.splitlines(keepends=True) if "healthcheck" not in line)
    assert "HealthCheck" not in container(file, text)
    assert container(file, COMPOSE)["HealthCheck"]["Retries"] == 6


def test_ecs_reads_the_secrets_and_the_other_variables_have_their_values(file: Path) -> None:
    text = COMPOSE.replace('"GREETING=hello"', '"GREETING=hello", "KEY=${KEY:?not set}"')
    found = container(file, text, KEY=ARN)
    assert found["Secrets"] == [{"Name": "KEY", "ValueFrom": ARN}]
    assert [entry["Name"] for entry in found["Environment"]] == ["GREETING", "SETTING", "COST"]
    assert "Secrets" not in container(file, COMPOSE)


def test_a_required_variable_without_a_value_is_an_error(file: Path) -> None:
    with pytest.raises(ValueError, match="KEY: not set"):
        container(file, COMPOSE.replace('"GREETING=hello"', '"KEY=${KEY:?not set}"'))
