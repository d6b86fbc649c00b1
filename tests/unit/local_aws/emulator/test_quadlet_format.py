"""A Quadlet unit as an ECS task definition."""

from typing import Any

import pytest

from local_aws.emulator.formats.quadlet_unit import task_definition
from tests.emulated import templates

UNIT = templates.UNIT.format(image="tiny:1", command="serve", check='["true"]')


def container(unit: str) -> dict[str, Any]:
    [found] = task_definition(unit, {})["ContainerDefinitions"]
    return dict(found)


@pytest.mark.parametrize(
    ("line", "changed", "field", "before", "after"),
    [
        ("ReadOnly=false", "ReadOnly=true", "ReadonlyRootFilesystem", False, True),
        ("Group=10002", "Group=7", "User", "10001:10002", "10001:7"),
        ("StopTimeout=21", "StopTimeout=22", "StopTimeout", 21, 22),
        ("PublishPort=80:8080", "PublishPort=80:81", "PortMappings", [8080], [81]),
    ],
)
def test_a_line_decides_its_field(line: str, changed: str, field: str, before: object, after: object) -> None:
    def value(unit: str) -> object:
        found = container(unit)[field]
        return [port["ContainerPort"] for port in found] if field == "PortMappings" else found

    assert line in UNIT
    assert (value(UNIT), value(UNIT.replace(line, changed))) == (before, after)


@pytest.mark.parametrize("init", [True, False])
def test_the_unit_enables_the_init_process(init: bool) -> None:
    unit = UNIT.replace("RunInit=true", f"RunInit={str(init).lower()}")
    assert container(unit)["LinuxParameters"]["InitProcessEnabled"] is init


def test_the_unit_has_a_command_and_mounts_in_memory() -> None:
    unit = UNIT.replace("Exec=serve", 'Exec="serve" "two words" "$$HOME" "100%%"')
    unit += "Tmpfs=/tmp:rw,size=64m,mode=1777,notmpcopyup\nTmpfs=/data:size=32m\n"
    found = container(unit)
    assert found["Command"] == ["serve", "two words", "$HOME", "100%"]
    assert found["LinuxParameters"]["Tmpfs"] == [
        {"ContainerPath": "/tmp", "Size": 64, "MountOptions": ["rw", "mode=1777"]},
        {"ContainerPath": "/data", "Size": 32, "MountOptions": []},
    ]
    assert "Tmpfs" not in container(UNIT)["LinuxParameters"]


def test_without_a_health_command_the_load_balancer_decides() -> None:
    unit = "".join(line for line in UNIT.splitlines(keepends=True) if not line.startswith("Health"))
    assert "HealthCheck" not in container(unit)
    assert container(UNIT)["HealthCheck"]["Retries"] == 6


def test_secrets_are_those_in_the_list_that_is_read_before_the_start() -> None:
    unit = UNIT + "EnvironmentFile=/run/x/secrets\n\n[Service]\nExecStartPre=/fetch /etc/list.json /run/x/secrets\n"
    files = {"/etc/tiny/environment": "A=1\n", "/etc/list.json": '{"KEY": "arn:aws:ssm:eu-west-1:1:parameter/key"}'}
    [found] = task_definition(unit, files)["ContainerDefinitions"]
    assert found["Secrets"] == [{"Name": "KEY", "ValueFrom": "arn:aws:ssm:eu-west-1:1:parameter/key"}]
    assert found["Environment"] == [{"Name": "A", "Value": "1"}]
    assert "Secrets" not in container(UNIT)
