"""The emulated Auto Scaling group runs the Quadlet unit in its instances' user data."""

import pytest

from tests.emulated import templates
from tests.emulated.emulator import Emulator

pytestmark = pytest.mark.local_run


def ids(emulator: Emulator) -> set[str]:
    return {container.id for container in emulator.running("instances")}


def test_the_container_comes_from_the_unit(emulator: Emulator) -> None:
    emulator.deploy("instances", templates.instances())
    [definition] = emulator.task_definitions()
    [container] = definition["containerDefinitions"]
    assert (definition["cpu"], definition["memory"]) == ("768", "301")
    assert definition["taskRoleArn"].startswith("arn:aws:iam::000000000000:role/")
    assert (container["image"], container["command"]) == (templates.IMAGE, ["serve"])
    assert (container["user"], container["readonlyRootFilesystem"]) == ("10001:10002", False)
    assert container["environment"] == [{"name": "GREETING", "value": "hello"}, {"name": "EMPTY", "value": ""}]
    assert [port["containerPort"] for port in container["portMappings"]] == [8080]
    assert container["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"drop": ["NET_RAW"]}}
    check = {"interval": 7, "timeout": 4, "retries": 6, "startPeriod": 29}
    assert container["healthCheck"] == {"command": ["CMD", *templates.ENTRY_POINT, "check"], **check}
    assert container["stopTimeout"] == 21
    assert len(ids(emulator)) == 2


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_the_ami_parameter_of_each_architecture_exists(architecture: str, emulator: Emulator) -> None:
    name = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    assert emulator.client("ssm").get_parameter(Name=name)["Parameter"]["Value"].startswith("ami-")


def test_every_instance_is_a_healthy_target(emulator: Emulator) -> None:
    emulator.deploy("instances", templates.instances(min_size=3))
    assert list(emulator.targets().values()) == ["healthy"] * 3


def test_a_changed_file_replaces_the_instances(emulator: Emulator) -> None:
    emulator.deploy("instances", templates.instances())
    before = ids(emulator)
    assert emulator.update("instances", templates.instances(greeting="bye"))["StackStatus"] == "UPDATE_COMPLETE"
    emulator.wait(lambda: len(ids(emulator)) == 2 and not before & ids(emulator))


def test_a_unit_that_exits_rolls_back_and_keeps_the_old_instances(emulator: Emulator) -> None:
    emulator.deploy("instances", templates.instances())
    before = ids(emulator)
    ended = emulator.update("instances", templates.instances(command="exit 7"))
    assert ended["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "exited with 7" in emulator.reasons("instances")
    emulator.wait(lambda: ids(emulator) == before)


def test_without_signals_an_update_completes_whatever_happens_to_new_instances(emulator: Emulator) -> None:
    emulator.deploy("instances", templates.instances())
    ended = emulator.update("instances", templates.instances(command="exit 7", signals=False))
    assert ended["StackStatus"] == "UPDATE_COMPLETE"


def test_without_signals_a_first_deployment_completes_too(emulator: Emulator) -> None:
    ended = emulator.deploy("instances", templates.instances(command="exit 7", signals=False))
    assert ended["StackStatus"] == "CREATE_COMPLETE"


def test_deletion_leaves_nothing(emulator: Emulator) -> None:
    emulator.deploy("instances", templates.instances())
    emulator.delete("instances")
    emulator.wait(lambda: not ids(emulator))
