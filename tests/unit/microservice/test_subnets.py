"""The subnets that each construct needs of a VPC: rejected if they are missing, and waited for."""

import json
import re
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2

from microservice import CustomDomain, HttpApiVpcLink, UnsupportedVpcError
from microservice.subnets import express_subnets
from tests.snapshot.options import custom_domain
from tests.unit.microservice.targets import TARGETS, stack_with

WITHOUT_VPC = {"AppRunnerMicroservice", "LambdaMicroservice"}
PUBLIC, PRIVATE, ISOLATED = (
    ec2.SubnetType.PUBLIC,
    ec2.SubnetType.PRIVATE_WITH_EGRESS,
    ec2.SubnetType.PRIVATE_ISOLATED,
)
# What starts the replicas of a target, and the subnets that they start in.
REPLICAS = {
    "BeanstalkMicroservice": ("AWS::ElasticBeanstalk::Environment", "Private"),
    "Ec2PodmanMicroservice": ("AWS::AutoScaling::AutoScalingGroup", "Private"),
    "EksAutoMicroservice": ("Custom::AWSCDK-EKS-HelmChart", "Private"),
    "EksFargateMicroservice": ("AWS::EKS::FargateProfile", "Private"),
    "ExpressMicroservice": ("AWS::ECS::ExpressGatewayService", "Public"),
    "FargateMicroservice": ("AWS::ECS::Service", "Private"),
    "ManagedInstancesMicroservice": ("AWS::ECS::Service", "Private"),
}
# EKS starts pods after the cluster, whose add-ons and functions wait for the routes already.
AFTER_A_CLUSTER = {"EksAutoMicroservice", "EksFargateMicroservice"}


def vpc_of(stack: cdk.Stack, *types: ec2.SubnetType) -> ec2.Vpc:
    subnets = [ec2.SubnetConfiguration(name=f"S{number}", subnet_type=kind) for number, kind in enumerate(types)]
    return ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=int(PRIVATE in types), subnet_configuration=subnets)


def needed_by(template: dict[str, Any], start: str) -> Iterator[str]:
    """Yield the logical IDs of all resources that exist before a resource starts."""
    seen, todo = set(), [start]
    while todo:
        name = todo.pop()
        if name in seen or name not in template["Resources"]:
            continue
        seen.add(name)
        yield name
        resource = template["Resources"][name]
        after = resource.get("DependsOn", [])
        todo += [after] if isinstance(after, str) else after
        written = json.dumps(resource.get("Properties", {}))
        todo += re.findall(r'"Ref": "(\w+)"', written) + re.findall(r'"Fn::GetAtt": \["(\w+)"', written)


def test_each_target_with_a_vpc_is_tested() -> None:
    assert {*REPLICAS} == {*TARGETS} - WITHOUT_VPC


@pytest.mark.parametrize("target", sorted({*REPLICAS} - AFTER_A_CLUSTER))
def test_replicas_start_after_the_routes_of_their_subnets(target: str) -> None:
    template = assertions.Template.from_stack(stack_with(target)).to_json()
    kind, subnets = REPLICAS[target]
    [replicas] = [name for name, found in template["Resources"].items() if found["Type"] == kind]
    routes = {name for name, found in template["Resources"].items() if found["Type"] == "AWS::EC2::Route"}
    own = {name for name in routes if f"{subnets}Subnet" in name}
    assert own
    assert own <= set(needed_by(template, replicas))


@pytest.mark.parametrize("target", sorted({*REPLICAS} - {"ExpressMicroservice", "EksAutoMicroservice"}))
@pytest.mark.parametrize("layout", [(PUBLIC,), (PUBLIC, ISOLATED)], ids=["public", "public and isolated"])
def test_replicas_in_private_subnets_are_rejected_without_them(target: str, layout: tuple[ec2.SubnetType, ...]) -> None:
    with pytest.raises(UnsupportedVpcError, match="allowed: a VPC with private subnets with egress") as rejected:
        stack_with(target, vpc=lambda stack: vpc_of(stack, *layout), ingress=custom_domain)
    assert "Vpc" in str(rejected.value)
    assert "2 public" in rejected.value.subnets


def test_express_mode_is_rejected_without_public_subnets() -> None:
    with pytest.raises(UnsupportedVpcError, match=r"2 isolated.*public subnets in two Availability Zones"):
        stack_with("ExpressMicroservice", vpc=lambda stack: vpc_of(stack, ISOLATED))


def test_a_custom_domain_is_rejected_without_public_subnets() -> None:
    stack = cdk.Stack()
    domain: CustomDomain = custom_domain(stack)
    with pytest.raises(UnsupportedVpcError, match="a public load balancer"):
        domain.create_ingress(stack, name="bills", vpc=vpc_of(stack, ISOLATED))


def test_a_vpc_link_is_rejected_without_private_subnets() -> None:
    stack = cdk.Stack()
    with pytest.raises(UnsupportedVpcError, match="VPC Links"):
        HttpApiVpcLink(stack, "Link", vpc=vpc_of(stack, PUBLIC))


# The property with the subnets of each target's replicas.
SELECTED = {
    "BeanstalkMicroservice": ("AWS::ElasticBeanstalk::Environment", "OptionSettings"),
    "Ec2PodmanMicroservice": ("AWS::AutoScaling::AutoScalingGroup", "VPCZoneIdentifier"),
    "EksFargateMicroservice": ("AWS::EKS::FargateProfile", "Subnets"),
    "ExpressMicroservice": ("AWS::ECS::ExpressGatewayService", "NetworkConfiguration"),
    "FargateMicroservice": ("AWS::ECS::Service", "NetworkConfiguration"),
    "ManagedInstancesMicroservice": ("AWS::ECS::CapacityProvider", "ManagedInstancesProvider"),
}
# Their instances install packages from repositories on the internet.
NEEDS_EGRESS = {"BeanstalkMicroservice", "Ec2PodmanMicroservice"}


def link_in(kind: ec2.SubnetType) -> Any:
    return lambda stack: HttpApiVpcLink(
        stack, "Link", vpc=stack.node.find_child("Vpc"), subnets=ec2.SubnetSelection(subnet_type=kind)
    )


@pytest.mark.parametrize("target", SELECTED)
def test_subnets_can_be_selected(target: str) -> None:
    stack = stack_with(
        target,
        vpc=lambda stack: vpc_of(stack, PUBLIC, PRIVATE, PRIVATE),
        subnets=ec2.SubnetSelection(subnet_group_name="S2"),
    )
    kind, field = SELECTED[target]
    template = assertions.Template.from_stack(stack).to_json()
    for found in template["Resources"].values():
        if found["Type"] == kind:
            chosen = found["Properties"][field]
            if target == "BeanstalkMicroservice":
                chosen = [each for each in chosen if each["OptionName"] == "Subnets"]
            written = json.dumps(chosen)
            assert len(set(re.findall(r"S2Subnet\d", written))) == 2
            assert "S1Subnet" not in written


@pytest.mark.parametrize("target", sorted({*SELECTED} - NEEDS_EGRESS - {"EksFargateMicroservice"}))
def test_isolated_subnets_can_be_selected(target: str) -> None:
    stack = stack_with(
        target,
        vpc=lambda stack: vpc_of(stack, PUBLIC, ISOLATED),
        ingress=link_in(ISOLATED),
        subnets=ec2.SubnetSelection(subnet_type=ISOLATED),
    )
    assert "S1Subnet" in json.dumps(assertions.Template.from_stack(stack).to_json())


@pytest.mark.parametrize("target", sorted(NEEDS_EGRESS))
def test_instances_that_install_packages_are_rejected_in_isolated_subnets(target: str) -> None:
    with pytest.raises(UnsupportedVpcError, match=r"subnets='isolated' .*allowed: private subnets"):
        stack_with(
            target,
            vpc=lambda stack: vpc_of(stack, PUBLIC, ISOLATED),
            ingress=custom_domain,
            subnets=ec2.SubnetSelection(subnet_type=ISOLATED),
        )


@pytest.mark.parametrize("target", sorted({*SELECTED} - {"ExpressMicroservice"}))
def test_public_subnets_are_rejected(target: str) -> None:
    with pytest.raises(UnsupportedVpcError, match=r"subnets='public' .*2 public, 2 private"):
        stack_with(target, subnets=ec2.SubnetSelection(subnet_type=PUBLIC))


@pytest.mark.parametrize(
    ("count", "message"),
    [((1, 1), "subnets='private'.*allowed: public subnets"), ((1, 0), "1 selected.*two Availability Zones")],
)
def test_express_mode_rejects_a_mixture_and_a_single_subnet(count: tuple[int, int], message: str) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = vpc_of(stack, PUBLIC, PRIVATE)
    chosen = [*vpc.public_subnets[: count[0]], *vpc.private_subnets[: count[1]]]
    with pytest.raises(UnsupportedVpcError, match=message):
        express_subnets(vpc, ec2.SubnetSelection(subnets=chosen))


def test_express_mode_accepts_private_subnets() -> None:
    stack_with("ExpressMicroservice", subnets=ec2.SubnetSelection(subnet_type=PRIVATE))
