"""Our stand-in for ECS Express Mode does what the template says, and refuses what AWS would."""

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

URL = {"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Service", "Endpoint"]}]]}


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with started(tmp_path) as running:
        yield running


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_targets_are_checked_at_the_templates_path(emulator: Emulator) -> None:
    emulator.begin("sick", templates.express("/missing"))
    balancing = emulator.client("elbv2")

    def registered() -> list[str]:
        groups = balancing.describe_target_groups()["TargetGroups"]
        asked = [group["TargetGroupArn"] for group in groups if group["HealthCheckPath"] == "/missing"]
        found = [balancing.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"] for arn in asked]
        return [target["TargetHealth"]["State"] for targets in found for target in targets]

    assert set(emulator.wait(registered)) == {"initial"}


@pytest.mark.parametrize(
    "change", [{"Name": "Web"}, {"PortMappings": [{"ContainerPort": 8080, "Protocol": "tcp"}]}, {"PortMappings": []}]
)
def test_a_definition_that_express_mode_cannot_take_is_refused(emulator: Emulator, change: dict[str, Any]) -> None:
    resources = templates.express()
    resources["Task"]["Properties"]["ContainerDefinitions"][0] |= change
    assert emulator.deploy("refused", resources)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "one container Main and one named TCP port" in emulator.reasons("refused")


def test_another_count_is_run_at_the_same_address_and_deletion_leaves_nothing(emulator: Emulator) -> None:
    first = outputs(emulator.deploy("changing", templates.express(), Url=URL))["Url"]
    resources = templates.express()
    resources["Service"]["Properties"]["ScalingTarget"]["MinTaskCount"] = 3
    assert outputs(emulator.update("changing", resources, Url=URL))["Url"] == first
    emulator.wait(lambda: running(emulator) == 3)
    base, headers = request_target(emulator.running, first)
    assert httpx.get(f"{base}/any", headers=headers, timeout=10).status_code == 200
    emulator.client("cloudformation").delete_stack(StackName="changing")
    emulator.wait(lambda: running(emulator) == 0)
    balancing = emulator.client("elbv2")
    emulator.wait(lambda: not balancing.describe_load_balancers()["LoadBalancers"])
    assert balancing.describe_target_groups()["TargetGroups"] == []


def running(emulator: Emulator) -> int:
    return sum(fact.status == "running" for fact in facts.containers(emulator.running, "changing"))
