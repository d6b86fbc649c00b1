"""The subnets that each construct needs of a VPCand rejected if they are missing, and waited for."""

import json
import re
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2

from microservice import CustomDomain, HttpApiVpcLink, UnsupportedVpcError
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
