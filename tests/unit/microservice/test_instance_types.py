"""Which machine carries a copy, and which is refused."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from microservice.machines import default_instance_type, instance_target_utilization

from microservice import Ec2PodmanMicroservice, HttpApiVpcLink, InstanceType, PromotedImage, ServiceSpec

IMAGE = PromotedImage(repository_name="bills", digest="sha256:" + "0" * 64)
LARGE = InstanceType(instance_type="m7i.large", cpus=2, memory_mib=8192)


def on_ec2(spec: ServiceSpec, machine: InstanceType | None = None) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    link = HttpApiVpcLink(stack, "Link", vpc=vpc)
    Ec2PodmanMicroservice(
        stack,
        "Service",
        spec=spec,
        image=IMAGE,
        vpc=vpc,
        ingress=link,
        health_command=["/well"],
        instance_type=instance_type,
    )
    return stack


@pytest.mark.parametrize(
    ("cpu", "memory_mib", "architecture", "machine"),
    [
        (128, 256, "x86_64", "t3.micro"),
        # One gibibyte would leave its own system half of one.
        (256, 512, "x86_64", "t3.small"),
        (256, 512, "arm64", "t4g.small"),
        (2048, 4096, "x86_64", "t3.large"),
        (2049, 4096, "x86_64", "m6i.xlarge"),
        (16384, 122880, "arm64", "m6g.8xlarge"),
    ],
)
def test_the_smallest_machine_that_has_room_beside_its_own_system(
    cpu: int, memory_mib: int, architecture: str, machine: str
) -> None:
    spec = ServiceSpec(name="bills", cpu=cpu, memory_mib=memory_mib, architecture=architecture)
    assert default_instance_type(spec).instance_type == machine


def test_a_copy_that_fills_its_machine_has_the_load_of_it() -> None:
    assert instance_target_utilization(ServiceSpec(name="bills", cpu=2048, target_cpu_percent=70), LARGE) == 70


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cpu": 4096}, r"cpu is 4096; allowed: 128 to 2048 on m7i\.large; fix:"),
        ({"memory_mib": 7425}, r"memory_mib is 7425; allowed: 128 to 7424 on m7i\.large.*; fix:"),
        ({"architecture": "arm64"}, r"architecture is 'arm64'; allowed: 'x86_64' on m7i\.large; fix:"),
        ({"min_instances": 0}, r"min_instances is 0; allowed: 1 to 1000; fix:"),
    ],
)
def test_ec2_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"'bills' cannot run on EC2: {message}"):
        on_ec2(ServiceSpec(name="bills", **changes), LARGE)


def test_the_machine_that_was_asked_for_runs_the_image_by_its_digest() -> None:
    template = cdk.assertions.Template.from_stack(on_ec2(ServiceSpec(name="bills", memory_mib=7424), LARGE)).to_json()
    [made] = [found for found in template["Resources"].values() if found["Type"] == "AWS::EC2::LaunchTemplate"]
    data = made["Properties"]["LaunchTemplateData"]
    assert data["InstanceType"] == "m7i.large"
    assert f"/bills@{IMAGE.digest}" in str(data["UserData"])


def test_machines_in_a_network_of_the_same_stack_wait_for_their_way_out() -> None:
    template = cdk.assertions.Template.from_stack(on_ec2(ServiceSpec(name="bills"))).to_json()["Resources"]
    [group] = [found for found in template.values() if found["Type"] == "AWS::AutoScaling::AutoScalingGroup"]
    routes = {name for name in template if "PrivateSubnet" in name and "DefaultRoute" in name}
    assert len(routes) == 2
    assert routes <= set(group["DependsOn"])
