"""Our stand-in for App Runner does what the template says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_aws import facts
from local_aws.reach import request_target
from tests.local_aws.emulated import templates
from tests.local_aws.emulated.emulator import Emulator, started

pytestmark = pytest.mark.local_run

URL = {"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Service", "ServiceUrl"]}]]}


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with started(tmp_path) as running:
        yield running


def url(stack: dict[str, Any]) -> str:
    [output] = stack["Outputs"]
    return str(output["OutputValue"])


def running(emulator: Emulator) -> list[facts.ContainerState]:
    return [fact for fact in facts.containers(emulator.running, "runner") if fact.status == "running"]


def test_image_environment_and_sizes_are_the_templates(emulator: Emulator) -> None:
    variables = [{"Name": "GREETING", "Value": "hello"}]
    emulator.deploy("runner", templates.app_runner(RuntimeEnvironmentVariables=variables, StartCommand="serve"))
    [arn] = emulator.client("ecs").list_task_definitions()["taskDefinitionArns"]
    definition = emulator.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    [container] = definition["containerDefinitions"]
    assert (definition["cpu"], definition["memory"]) == ("512", "1024")
    assert container["command"] == ["serve"]
    assert container["image"] == templates.IMAGE
    assert container["environment"] == [{"name": "GREETING", "value": "hello"}]
    assert [port["containerPort"] for port in container["portMappings"]] == [8080]
    assert len(running(emulator)) == 2


def test_instances_are_checked_at_the_templates_path(emulator: Emulator) -> None:
    emulator.begin("sick", templates.app_runner("/missing"))
    balancing = emulator.client("elbv2")

    def registered() -> list[str]:
        groups = balancing.describe_target_groups()["TargetGroups"]
        asked = [group["TargetGroupArn"] for group in groups if group["HealthCheckPath"] == "/missing"]
        found = [balancing.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"] for arn in asked]
        return [target["TargetHealth"]["State"] for targets in found for target in targets]

    assert set(emulator.wait(registered)) == {"initial"}


def test_another_scaling_is_run_at_the_same_address_and_deletion_leaves_nothing(emulator: Emulator) -> None:
    first = url(emulator.deploy("runner", templates.app_runner(), Url=URL))
    resources = templates.app_runner()
    resources["Scaling"]["Properties"]["MinSize"] = 3
    assert url(emulator.update("runner", resources, Url=URL)) == first
    emulator.wait(lambda: len(running(emulator)) == 3)
    base, headers = request_target(emulator.running, first)
    assert httpx.get(f"{base}/any", headers=headers, timeout=10).status_code == 200
    emulator.client("cloudformation").delete_stack(StackName="runner")
    emulator.wait(lambda: not running(emulator))
    balancing = emulator.client("elbv2")
    emulator.wait(lambda: not balancing.describe_load_balancers()["LoadBalancers"])
    assert balancing.describe_target_groups()["TargetGroups"] == []
