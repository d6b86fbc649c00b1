"""Sidecars: containers beside that of the service in a task or a pod."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from microservice import Sidecar, UnsupportedSpecError
from tests.conftest import resources
from tests.unit.microservice.targets import stack_with

ECS = ["FargateMicroservice", "ManagedInstancesMicroservice"]
EKS = ["EksAutoMicroservice", "EksFargateMicroservice"]
DIGEST = f"sha256:{64 * 'a'}"
PROXY = {"name": "proxy", "image": f"public.ecr.aws/team/proxy@{DIGEST}", "cpu": 64, "memory_mib": 128}


def with_proxy(target: str, **proxy: Any) -> cdk.Stack:
    return stack_with(target, cpu=512, memory_mib=1024, sidecars=[Sidecar(**PROXY | proxy)])


def definition(stack: cdk.Stack) -> dict[str, Any]:
    [found] = resources(dict(Template.from_stack(stack).to_json()), "AWS::ECS::TaskDefinition")
    return dict(found)


def pod(stack: cdk.Stack) -> dict[str, Any]:
    service: Any = stack.node.find_child("Service")
    [deployment] = [each for each in service.manifests if each["kind"] == "Deployment"]
    return dict(deployment["spec"]["template"]["spec"])


@pytest.mark.parametrize("target", ECS)
def test_a_task_has_the_container_and_keeps_its_size(target: str) -> None:
    found = definition(with_proxy(target))
    main, proxy = found["ContainerDefinitions"]
    assert (found["Cpu"], found["Memory"]) == ("512", "1024")
    assert (main["Cpu"], main["MemoryReservation"]) == (448, 896)
    assert (proxy["Name"], proxy["Cpu"], proxy["Memory"]) == ("proxy", 64, 128)
    assert (proxy["User"], proxy["ReadonlyRootFilesystem"], proxy["Essential"]) == ("10001:10001", True, True)
    assert proxy["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert "PortMappings" not in proxy
    assert proxy["LogConfiguration"]["Options"]["awslogs-stream-prefix"] == "proxy"
    # It starts before the service, and stops after it.
    assert main["DependsOn"] == [{"Condition": "START", "ContainerName": "proxy"}]


@pytest.mark.parametrize("target", ECS)
def test_a_task_without_sidecars_has_one_container_without_limits(target: str) -> None:
    [container] = definition(stack_with(target))["ContainerDefinitions"]
    assert container.keys().isdisjoint({"Cpu", "MemoryReservation", "DependsOn"})


def test_an_image_of_ecr_is_pulled_with_permission_for_its_repository() -> None:
    image = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/proxy:7@{DIGEST}"
    stack = with_proxy("FargateMicroservice", image=image)
    policies = resources(dict(Template.from_stack(stack).to_json()), "AWS::IAM::Policy")
    [statement] = [
        each
        for policy in policies
        for each in policy["PolicyDocument"]["Statement"]
        if "repository/team/proxy" in json.dumps(each)
    ]
    assert "ecr:BatchGetImage" in statement["Action"]
    _, proxy = definition(stack)["ContainerDefinitions"]
    assert DIGEST in json.dumps(proxy["Image"])


@pytest.mark.parametrize("target", EKS)
def test_a_pod_has_the_container_and_keeps_its_size(target: str) -> None:
    found = pod(
        with_proxy(target, command=["--quiet"], environment={"MODE": "fast"}, writable_paths=["/tmp", "/var/run"])
    )
    main, proxy = found["containers"]
    assert main["resources"]["limits"] == {"cpu": "438m", "memory": "896Mi"}
    assert proxy["resources"]["requests"] == proxy["resources"]["limits"] == {"cpu": "62m", "memory": "128Mi"}
    assert (proxy["args"], proxy["env"]) == (["--quiet"], [{"name": "MODE", "value": "fast"}])
    assert proxy["securityContext"] == main["securityContext"] | {"runAsUser": 10001, "runAsGroup": 10001}
    assert {each["mountPath"] for each in proxy["volumeMounts"]} == {"/tmp", "/var/run"}
    assert {each["name"] for each in proxy["volumeMounts"]} <= {each["name"] for each in found["volumes"]}
    # While the load balancer deregisters the pod, the service still gets requests.
    assert proxy["lifecycle"] == main["lifecycle"]


@pytest.mark.parametrize("target", EKS)
def test_a_pod_without_sidecars_has_one_container_with_its_whole_size(target: str) -> None:
    [container] = pod(stack_with(target, cpu=512, memory_mib=1024))["containers"]
    assert container["resources"]["limits"] == {"cpu": "500m", "memory": "1024Mi"}


@pytest.mark.parametrize("target", [*ECS, *EKS])
@pytest.mark.parametrize(
    ("sidecars", "cause"),
    [
        ([Sidecar(**PROXY | {"memory_mib": 300})], "sidecars='memory_mib=300' is not supported by"),
        ([Sidecar(**PROXY | {"cpu": 129})], "up to 128 together, half of the replica's cpu=256"),
        ([Sidecar(**PROXY | {"port": 8080})], "a port of its own for each container"),
        ([Sidecar(**PROXY | {"cpu": 1}), Sidecar(**PROXY)], "a name of its own for each container"),
    ],
    ids=["memory", "cpu", "port", "name"],
)
def test_sidecars_leave_the_service_its_half_and_its_port(target: str, sidecars: list[Sidecar], cause: str) -> None:
    with pytest.raises(UnsupportedSpecError, match=cause):
        stack_with(target, sidecars=sidecars)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Proxy"},
        {"name": "microservice"},
        {"image": "team/proxy"},
        {"image": "team/proxy@sha256:abc"},
        {"cpu": 0},
        {"memory_mib": 8},
        {"port": 70000},
        {"user": "0:0"},
        {"user": "proxy"},
        {"writable_paths": ["tmp"]},
        {"writable_paths": "/tmp"},
        {"command": "serve"},
    ],
    ids=str,
)
def test_a_wrong_sidecar_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^sidecar '.+': .+ is not valid \(allowed: .+\)\. [A-Z].+\.$"):
        Sidecar(**PROXY | wrong)


@pytest.mark.parametrize("image", ["nginx:1.29", f"nginx@{DIGEST}", "localhost:5000/team/proxy:1"])
def test_an_image_has_a_tag_or_a_digest(image: str) -> None:
    assert Sidecar(**PROXY | {"image": image}).image == image
