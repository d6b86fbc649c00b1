"""What Elastic Beanstalk cannot run is refused, with what would work."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from microservice import BeanstalkMicroservice, HttpApiVpcLink, InstanceType, PromotedImage, ServiceSpec

IMAGE = PromotedImage(repository_name="team/bills", digest="sha256:" + "0" * 64)


def on_beanstalk(spec: ServiceSpec, machine: InstanceType | None = None) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    link = HttpApiVpcLink(stack, "Link", vpc=vpc)
    BeanstalkMicroservice(
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
    ("changes", "message"),
    [
        ({"min_instances": 0}, r"min_instances is 0; allowed: 1 to 1000; fix:"),
        ({"memory_mib": 3329}, r"memory_mib is 3329; allowed: 128 to 3328 on c7i\.large"),
    ],
)
def test_beanstalk_refuses_what_its_machines_cannot_carry(changes: dict[str, Any], message: str) -> None:
    machine = InstanceType(instance_type="c7i.large", cpus=2, memory_mib=4096)
    with pytest.raises(ValueError, match=rf"'bills' cannot run on EC2: {message}"):
        on_beanstalk(ServiceSpec(name="bills", **changes), machine)


def test_a_promoted_image_runs_by_its_digest_from_this_accounts_registry(tmp_path: Any) -> None:
    app = cdk.App(outdir=str(tmp_path))
    stack = cdk.Stack(app, "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    link = HttpApiVpcLink(stack, "Link", vpc=vpc)
    spec = ServiceSpec(name="bills")
    BeanstalkMicroservice(stack, "Service", spec=spec, image=IMAGE, vpc=vpc, ingress=link, health_command=["/well"])
    app.synth()
    [compose] = tmp_path.glob("asset.*/docker-compose.yml")
    assert f'image: "${{IMAGE_REPOSITORY}}@{IMAGE.digest}"' in compose.read_text()
