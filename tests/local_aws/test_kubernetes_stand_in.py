"""Our stand-in for Kubernetes does what the release's manifests say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws import facts
from local_aws.emulator.services.pod import task_definition
from tests.local_aws.emulated import templates
from tests.local_aws.emulated.emulator import Emulator, started


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with started(tmp_path) as running:
        yield running


def running(emulator: Emulator) -> list[facts.ContainerState]:
    return [fact for fact in facts.containers(emulator.running, "release") if fact.status == "running"]


def environment(emulator: Emulator, container: facts.ContainerState) -> dict[str, str]:
    record = emulator.running.directory / "processes" / f"{container.id}.json"
    found: dict[str, str] = json.loads(record.read_text())["environment"]
    return found


@pytest.mark.parametrize("read_only", [True, False])
def test_a_pod_says_how_its_container_is_run_and_stopped(read_only: bool) -> None:
    container = {
        "name": "bills",
        "image": "bills:1",
        "command": ["/entry"],
        "args": ["serve"],
        "env": [{"name": "GREETING", "value": "hello"}],
        "ports": [{"containerPort": 9000}],
        "resources": {"limits": {"cpu": "250m", "memory": "1Gi"}},
        "securityContext": {"readOnlyRootFilesystem": read_only, "capabilities": {"drop": ["NET_RAW"]}},
        "lifecycle": {"preStop": {"sleep": {"seconds": 14}}},
    }
    pod = {"securityContext": {"runAsUser": 10001, "runAsGroup": 10002}, "terminationGracePeriodSeconds": 45}
    definition = task_definition(pod, container, "arn:of:role")
    [main] = definition.pop("ContainerDefinitions")
    assert definition == {"Cpu": "256", "Memory": "1024", "TaskRoleArn": "arn:of:role"}
    assert main == {
        "Name": "Main",
        "Image": "bills:1",
        "Essential": True,
        "EntryPoint": ["/entry"],
        "Command": ["serve"],
        "Environment": [{"Name": "GREETING", "Value": "hello"}],
        "PortMappings": [{"ContainerPort": 9000, "Protocol": "tcp"}],
        "User": "10001:10002",
        "ReadonlyRootFilesystem": read_only,
        "LinuxParameters": {"Capabilities": {"Drop": ["NET_RAW"]}},
        "StopTimeout": 31,
    }


@pytest.mark.parametrize(("quantity", "units"), [("250m", 256), ("2", 2048), ("1500m", 1536), ("0.5", 512)])
def test_quantities_of_processors(quantity: str, units: int) -> None:
    limits = {"limits": {"cpu": quantity, "memory": "512Mi"}}
    definition = task_definition({}, {"image": "", "ports": [], "resources": limits}, "")
    assert (definition["Cpu"], definition["Memory"]) == (str(units), "512")


@pytest.mark.local_run
def test_as_many_pods_run_as_scaling_keeps_with_the_role_of_their_account(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve", least=3, env=[{"name": "GREETING", "value": "hello"}]))
    pods = running(emulator)
    assert len(pods) == 3
    for pod in pods:
        told = environment(emulator, pod)
        assert told["GREETING"] == "hello"
        assert told["AWS_ACCESS_KEY_ID"].startswith("ASIA")


@pytest.mark.local_run
def test_a_role_that_a_service_account_is_annotated_with_is_the_pods(emulator: Emulator) -> None:
    resources = templates.kubernetes("serve")
    del resources["Identity"]
    resources["Release"]["DependsOn"] = ["Listener"]
    values = json.loads(resources["Release"]["Properties"]["Values"]["Fn::Sub"])
    annotations = {"eks.amazonaws.com/role-arn": "${Role.Arn}"}
    values["manifests"].append({"kind": "ServiceAccount", "metadata": {"annotations": annotations}})
    resources["Release"]["Properties"]["Values"]["Fn::Sub"] = json.dumps(values)
    emulator.deploy("release", resources)
    [first, _] = running(emulator)
    assert environment(emulator, first)["AWS_ACCESS_KEY_ID"].startswith("ASIA")


@pytest.mark.local_run
def test_a_version_whose_pods_end_fails_the_deployment_and_the_one_before_serves_on(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve"))
    before = {pod.id for pod in running(emulator)}
    stack = emulator.update("release", templates.kubernetes("exit", "7"))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "exited with 7" in emulator.reasons("release")
    assert len(before) == 2
    emulator.wait(lambda: len(running(emulator)) == 2)


@pytest.mark.local_run
def test_a_first_version_whose_pods_end_fails_too(emulator: Emulator) -> None:
    stack: dict[str, Any] = emulator.deploy("release", templates.kubernetes("exit", "7"))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    emulator.wait(lambda: not running(emulator))


@pytest.mark.local_run
def test_deletion_ends_the_pods(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve"))
    assert running(emulator)
    emulator.client("cloudformation").delete_stack(StackName="release")
    emulator.wait(lambda: not running(emulator))
