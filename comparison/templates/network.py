"""Who can reach what: the way in from outside, the copies' own addresses and the ports that are open to whom."""

from collections.abc import Iterator, Mapping
from typing import Any

from .inside import option
from .template import Template

_LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def entrances(template: Template) -> tuple[str, ...]:
    """Return what answers on the internet, and what stands between it and the copies."""
    found = [f"function URL, authentication {url['AuthType']}" for url in template.of("AWS::Lambda::Url")]
    found += ["HTTP API, no authorizer" for _ in template.of("AWS::ApiGatewayV2::Api")]
    found += [f"{one['Scheme']} load balancer" for one in template.of(_LOAD_BALANCER)]
    found += ["public load balancer that ECS makes" for one in template.of("AWS::ECS::ExpressGatewayService")]
    found += ["App Runner's public endpoint" for _ in template.of("AWS::AppRunner::Service")]
    return tuple(found)


def addresses(template: Template) -> str:
    """Return whether copies have public addresses; "outside any VPC" where they have none of ours."""
    places = list(_placements(template))
    if not places:
        return "outside any VPC of yours"
    return "public" if any("PublicSubnet" in place for place in places) else "private"


def open_ports(template: Template) -> tuple[str, ...]:
    """Return "8080 from …" for each rule that lets somebody in."""
    rules = template.of("AWS::EC2::SecurityGroupIngress")
    for group in template.of("AWS::EC2::SecurityGroup"):
        rules += group.get("SecurityGroupIngress", [])
    return tuple(dict.fromkeys(f"{rule.get('FromPort', 'any')} from {_whom(rule)}" for rule in rules))


def _whom(rule: Mapping[str, Any]) -> str:
    group = rule.get("SourceSecurityGroupId")
    if not group:
        return str(rule.get("CidrIp") or rule.get("CidrIpv6") or "a prefix list")
    name = str(group).removesuffix(".GroupId").removesuffix("SecurityGroup")
    if "FrontDoorLink" in name:
        return "HTTP APIs of this VPC"
    return "the load balancer" if "LoadBalancer" in name else name


def _placements(template: Template) -> Iterator[str]:
    for service in template.of("AWS::ECS::Service"):
        yield str(service["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"])
    for service in template.of("AWS::ECS::ExpressGatewayService"):
        yield str(service["NetworkConfiguration"]["Subnets"])
    for group in template.of("AWS::AutoScaling::AutoScalingGroup"):
        yield str(group["VPCZoneIdentifier"])
    for profile in template.of("AWS::EKS::FargateProfile"):
        yield str(profile["Subnets"])
    if template.of("AWS::EKS::PodIdentityAssociation"):
        yield "the cluster's private subnets"
    if subnets := option(template, "aws:ec2:vpc", "Subnets"):
        yield subnets
