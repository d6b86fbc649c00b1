"""The emulated ECS Express Mode follows the template, and rejects the task definitions that AWS rejects."""

from typing import Any

import pytest

from tests.emulated import templates
from tests.emulated.emulator import Emulator, output

pytestmark = pytest.mark.local_run

URL = {"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Service", "Endpoint"]}]]}


def test_health_checks_use_the_path_in_the_template(emulator: Emulator) -> None:
    emulator.begin("sick", templates.express("/missing"))
    assert set(emulator.wait(lambda: emulator.targets("/missing")).values()) == {"initial"}


@pytest.mark.parametrize(
    "change", [{"Name": "Web"}, {"PortMappings": [{"ContainerPort": 8080, "Protocol": "tcp"}]}, {"PortMappings": []}]
)
def test_an_unsupported_task_definition_is_rejected(emulator: Emulator, change: dict[str, Any]) -> None:
    resources = templates.express()
    resources["Task"]["Properties"]["ContainerDefinitions"][0] |= change
    assert emulator.deploy("rejected", resources)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "one container Main and one named TCP port" in emulator.reasons("rejected")


def test_an_update_of_the_count_keeps_the_url_and_deletion_leaves_nothing(emulator: Emulator) -> None:
    url = output(emulator.deploy("changing", templates.express(), Url=URL))
    resources = templates.express()
    resources["Service"]["Properties"]["ScalingTarget"]["MinTaskCount"] = 3
    assert output(emulator.update("changing", resources, Url=URL)) == url
    emulator.wait(lambda: len(emulator.running("changing")) == 3)
    assert emulator.get(url).status_code == 200
    emulator.delete("changing")
    emulator.wait(lambda: not emulator.running("changing"))
    balancing = emulator.client("elbv2")
    emulator.wait(lambda: not balancing.describe_load_balancers()["LoadBalancers"])
    assert balancing.describe_target_groups()["TargetGroups"] == []
