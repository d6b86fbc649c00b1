"""The default instance type of a service, and the CPU utilization of its instance."""

import pytest
from aws_cdk.assertions import Template

from microservice import InstanceType, ServiceSpec
from microservice.instance_types import default_instance_type, instance_target_utilization
from tests.conftest import resource
from tests.unit.microservice.targets import stack_with

LARGE = InstanceType(name="m7i.large", cpus=2, memory_mib=8192)


@pytest.mark.parametrize(
    ("cpu", "memory_mib", "architecture", "instance_type"),
    [
        (128, 256, "x86_64", "t3.micro"),
        # 1 GiB would leave 512 MiB for the operating system.
        (256, 512, "x86_64", "t3.small"),
        (256, 512, "arm64", "t4g.small"),
        (2048, 4096, "x86_64", "t3.large"),
        (2049, 4096, "x86_64", "m6i.xlarge"),
        (16384, 122880, "arm64", "m6g.8xlarge"),
    ],
)
def test_the_default_is_the_smallest_instance_type_that_fits_beside_the_operating_system(
    cpu: int, memory_mib: int, architecture: str, instance_type: str
) -> None:
    spec = ServiceSpec(name="bills", cpu=cpu, memory_mib=memory_mib, architecture=architecture)
    assert default_instance_type(spec).name == instance_type


def test_a_replica_that_uses_the_whole_instance_has_the_utilization_of_the_instance() -> None:
    assert instance_target_utilization(ServiceSpec(name="bills", cpu=2048, target_cpu_percent=70), LARGE) == 70


def test_instances_in_a_vpc_of_the_same_stack_wait_for_its_nat_gateways() -> None:
    template = Template.from_stack(stack_with("Ec2PodmanMicroservice")).to_json()
    group = resource(template, "AWS::AutoScaling::AutoScalingGroup")
    routes = {name for name in template["Resources"] if "PrivateSubnet" in name and "DefaultRoute" in name}
    assert len(routes) == 2
    assert routes <= set(group["DependsOn"])
