"""Tasks with several containers: each one runs, and the service gets the requests."""

import pytest

from tests.emulated import templates
from tests.emulated.emulator import Emulator, output

pytestmark = pytest.mark.local_run


def test_a_sidecar_runs_in_each_task_and_the_service_responds(emulator: Emulator) -> None:
    url = {"Fn::Join": ["", ["http://", {"Fn::GetAtt": ["Balancer", "DNSName"]}]]}
    resources = templates.service(load_balancer=templates.load_balancer(), desired=2)
    main = resources["Task"]["Properties"]["ContainerDefinitions"][0]
    sidecar = main | {"Name": "proxy", "Environment": [{"Name": "ROLE", "Value": "sidecar"}]}
    sidecar.pop("HealthCheck", None)
    resources["Task"]["Properties"]["ContainerDefinitions"].append(sidecar)
    found = output(emulator.deploy("pair", resources, Url=url))
    records = [emulator.record(each) for each in emulator.running("pair")]
    roles = [record["environment"].get("ROLE", "main") for record in records]
    assert sorted(roles) == ["main", "main", "sidecar", "sidecar"]
    assert emulator.get(found).status_code == 200
    emulator.delete("pair")
    emulator.wait(lambda: not emulator.running("pair"))
