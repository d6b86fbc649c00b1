"""What Elastic Beanstalk cannot run is refused, with what would work; the rest gets an instance that holds it."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from microservice import BeanstalkMicroservice, FrontDoorLink, Machine, PromotedImage, ServiceSpec
from microservice.ec2_sizes import machine_for

IMAGE = PromotedImage(repository_name="team/bills", digest="sha256:" + "0" * 64)


def on_beanstalk(spec: ServiceSpec, machine: Machine | None = None) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    link = FrontDoorLink(stack, "Link", vpc=vpc)
    BeanstalkMicroservice(
        stack, "Service", spec=spec, image=IMAGE, vpc=vpc, entrance=link, health_command=["/well"], machine=machine
    )
    return stack


def test_nothing_starts_an_instance_when_a_request_comes() -> None:
    message = r"'bills' cannot run on EC2 instances: min_instances is 0; allowed: 1 to 1000; fix:"
    with pytest.raises(ValueError, match=message):
        on_beanstalk(ServiceSpec(name="bills", min_instances=0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cpu": 2049}, r"cpu is 2049; allowed: up to 2048; fix:"),
        ({"memory_mib": 3713}, r"memory_mib is 3713; allowed: up to 3712; fix:"),
        ({"architecture": "arm64"}, r"architecture is 'arm64'; allowed: that of the instance type; fix:"),
    ],
)
def test_an_instance_that_cannot_hold_one_copy_is_refused(changes: dict[str, Any], message: str) -> None:
    machine = Machine(instance_type="c7i.large", vcpus=2, memory_mib=4096)
    with pytest.raises(ValueError, match=rf"'bills' cannot run on c7i\.large: {message}"):
        on_beanstalk(ServiceSpec(name="bills", **changes), machine)


@pytest.mark.parametrize(
    ("changes", "instance_type"),
    [
        ({"memory_mib": 640}, "t3.micro"),
        ({"memory_mib": 641}, "t3.small"),
        ({"cpu": 2049}, "t3.xlarge"),
        ({"cpu": 16384, "memory_mib": 122880, "architecture": "arm64"}, "m6g.8xlarge"),
    ],
)
def test_every_service_gets_the_smallest_instance_that_holds_it(changes: dict[str, Any], instance_type: str) -> None:
    assert machine_for(ServiceSpec(name="bills", **changes)).instance_type == instance_type


def test_a_promoted_image_runs_by_its_digest_from_this_accounts_registry(tmp_path: Any) -> None:
    app = cdk.App(outdir=str(tmp_path))
    stack = cdk.Stack(app, "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    link = FrontDoorLink(stack, "Link", vpc=vpc)
    spec = ServiceSpec(name="bills")
    BeanstalkMicroservice(stack, "Service", spec=spec, image=IMAGE, vpc=vpc, entrance=link, health_command=["/well"])
    app.synth()
    [compose] = tmp_path.glob("asset.*/docker-compose.yml")
    assert f'image: "${{IMAGE_REPOSITORY}}@{IMAGE.digest}"' in compose.read_text()
