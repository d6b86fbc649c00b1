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
