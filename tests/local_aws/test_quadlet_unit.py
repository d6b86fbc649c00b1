"""A Quadlet unit as a task definition says nothing that the unit does not."""

import pytest

from local_aws.emulator.services.quadlet_unit import container, read
from tests.local_aws.emulated import templates

UNIT = templates.UNIT.format(image="tiny:1", command="serve", check='["true"]')


@pytest.mark.parametrize(
    ("line", "changed", "field", "before", "after"),
    [
        ("ReadOnly=false", "ReadOnly=true", "ReadonlyRootFilesystem", False, True),
        ("Group=10002", "Group=7", "User", "10001:10002", "10001:7"),
        ("StopTimeout=21", "StopTimeout=22", "StopTimeout", 21, 22),
        ("PublishPort=80:8080", "PublishPort=80:81", "PortMappings", [8080], [81]),
    ],
)
def test_a_line_decides_about_its_field(line: str, changed: str, field: str, before: object, after: object) -> None:
    def seen(unit: str) -> object:
        said = container(read(unit), "")[field]
        return [port["ContainerPort"] for port in said] if field == "PortMappings" else said

    assert line in UNIT
    assert (seen(UNIT), seen(UNIT.replace(line, changed))) == (before, after)


@pytest.mark.parametrize("init", [True, False])
def test_an_init_process_is_asked_for_or_not(init: bool) -> None:
    unit = UNIT.replace("RunInit=true", f"RunInit={str(init).lower()}")
    assert container(read(unit), "")["LinuxParameters"]["InitProcessEnabled"] is init
