"""What a platform cannot run is refused by its construct, with what would work."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from microservice import (
    ExpressMicroservice,
    FargateMicroservice,
    HttpApiVpcLink,
    LambdaMicroservice,
    ManagedInstancesMicroservice,
    PromotedImage,
    ServiceSpec,
    SourceImage,
)
from tests.conftest import ROOT

IMAGE = SourceImage(directory=ROOT / "sample_service")
DIGEST = "sha256:" + "0" * 64


def on_fargate(
    spec: ServiceSpec,
    image: SourceImage | PromotedImage = IMAGE,
    target: type[FargateMicroservice | ManagedInstancesMicroservice] = FargateMicroservice,
) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    link = HttpApiVpcLink(stack, "Link", vpc=vpc)
    target(stack, "Service", spec=spec, image=image, cluster=cluster, ingress=link, health_command=["/well"])
    return stack


def on_express(spec: ServiceSpec, image: SourceImage | PromotedImage = IMAGE) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    cluster = ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc", max_azs=2))
    ExpressMicroservice(stack, "Service", spec=spec, image=image, cluster=cluster, health_command=["/well"])
    return stack


def on_lambda(spec: ServiceSpec, image: SourceImage | PromotedImage = IMAGE) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    LambdaMicroservice(stack, "Service", spec=spec, image=image, command=["lambda", "handler"])
    return stack


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cpu": 300}, r"cpu is 300; allowed: 256, 512, 1024, 2048, 4096, 8192, 16384; fix:"),
        ({"cpu": 256, "memory_mib": 4096}, r"memory_mib is 4096 with cpu 256; allowed: 512, 1024, 2048; fix:"),
        ({"cpu": 8192, "memory_mib": 17408}, r"memory_mib is 17408 with cpu 8192; allowed: 16384, 20480, .*61440; fix"),
        ({"min_instances": 0}, r"min_instances is 0; allowed: 1 to 1000; fix:"),
    ],
)
@pytest.mark.parametrize("run", [on_fargate, on_express])
def test_fargate_refuses(run: Callable[[ServiceSpec], cdk.Stack], changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(ServiceSpec(name="bills", **changes))  # type: ignore[arg-type]


def test_managed_instances_refuse_zero_and_take_any_pair_of_cpu_and_memory() -> None:
    with pytest.raises(ValueError, match=r"min_instances is 0; allowed: 1 to 1000; fix:"):
        on_fargate(ServiceSpec(name="bills", min_instances=0), target=ManagedInstancesMicroservice)
    stack = on_fargate(ServiceSpec(name="bills", cpu=300, memory_mib=700), target=ManagedInstancesMicroservice)
    [task] = cdk.assertions.Template.from_stack(stack).find_resources("AWS::ECS::TaskDefinition").values()
    assert (task["Properties"]["Cpu"], task["Properties"]["Memory"]) == ("300", "700")


def test_lambda_refuses_more_memory_than_it_has() -> None:
    with pytest.raises(ValueError, match=r"memory_mib is 10241; allowed: 128 to 10240; fix:"):
        on_lambda(ServiceSpec(name="bills", memory_mib=10241))


def test_tags_cannot_be_promoted() -> None:
    with pytest.raises(ValueError, match=r"digest is 'latest'; allowed: 'sha256:' and 64 of 0-9a-f; fix:"):
        PromotedImage(repository_name="bills", digest="latest")


def test_a_promoted_image_runs_by_its_digest_and_nothing_is_built(tmp_path: Path) -> None:
    image = PromotedImage(repository_name="bills", digest=DIGEST)
    for run in (on_fargate, on_express, on_lambda):
        stack = run(ServiceSpec(name="bills"), image)
        template = str(cdk.assertions.Template.from_stack(stack).to_json())
        assert f"/bills@{DIGEST}" in template
        assert not list(tmp_path.glob("asset.*"))
