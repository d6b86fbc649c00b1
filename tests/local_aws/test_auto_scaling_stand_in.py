"""Our stand-in for an Auto Scaling group runs the unit that stands in its machines' user data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws import facts
from local_aws.facts import ContainerState
from tests.local_aws.emulated import templates
from tests.local_aws.emulated.emulator import Emulator, started

pytestmark = pytest.mark.local_run


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with started(tmp_path) as running:
        yield running


def running(emulator: Emulator) -> list[ContainerState]:
    return [fact for fact in facts.containers(emulator.running, "machines") if fact.status == "running"]


def definitions(emulator: Emulator) -> list[dict[str, Any]]:
    ecs = emulator.client("ecs")
    arns = ecs.list_task_definitions()["taskDefinitionArns"]
    return [ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"] for arn in arns]


def test_everything_is_the_units(emulator: Emulator) -> None:
    emulator.deploy("machines", templates.machines())
    [definition] = definitions(emulator)
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
    assert len(running(emulator)) == 2


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_templates_find_an_image_of_either_kind(architecture: str, emulator: Emulator) -> None:
    name = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    assert emulator.client("ssm").get_parameter(Name=name)["Parameter"]["Value"].startswith("ami-")


def test_requests_go_to_every_machine(emulator: Emulator) -> None:
    emulator.deploy("machines", templates.machines(least=3))
    balancing = emulator.client("elbv2")
    [group] = balancing.describe_target_groups()["TargetGroups"]
    health = balancing.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    assert [target["TargetHealth"]["State"] for target in health] == ["healthy"] * 3


def test_a_changed_file_replaces_the_machines(emulator: Emulator) -> None:
    emulator.deploy("machines", templates.machines())
    before = {fact.id for fact in running(emulator)}
    assert emulator.update("machines", templates.machines(greeting="bye"))["StackStatus"] == "UPDATE_COMPLETE"
    emulator.wait(lambda: len(running(emulator)) == 2 and not before & {fact.id for fact in running(emulator)})


def test_a_unit_that_ends_at_once_goes_back_and_leaves_the_old_ones(emulator: Emulator) -> None:
    emulator.deploy("machines", templates.machines())
    before = {fact.id for fact in running(emulator)}
    ended = emulator.update("machines", templates.machines(command="exit 7"))
    assert ended["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "exited with 7" in emulator.reasons("machines")
    emulator.wait(lambda: {fact.id for fact in running(emulator)} == before)


def test_without_signals_nobody_sees_what_becomes_of_new_machines(emulator: Emulator) -> None:
    emulator.deploy("machines", templates.machines())
    ended = emulator.update("machines", templates.machines(command="exit 7", signals=False))
    assert ended["StackStatus"] == "UPDATE_COMPLETE"


def test_without_signals_a_first_deployment_does_not_wait_either(emulator: Emulator) -> None:
    ended = emulator.deploy("machines", templates.machines(command="exit 7", signals=False))
    assert ended["StackStatus"] == "CREATE_COMPLETE"


def test_deletion_leaves_nothing(emulator: Emulator) -> None:
    emulator.deploy("machines", templates.machines())
    emulator.client("cloudformation").delete_stack(StackName="machines")
    emulator.wait(lambda: not running(emulator))
