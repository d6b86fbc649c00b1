"""Endpoints for callers inside the VPC: the URL, who may call, names, and what is rejected."""

import json
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_servicediscovery as servicediscovery

from microservice import Microservice, PrivateIngress
from tests.conftest import Template, resources
from tests.unit.microservice.endpoints import CERTIFICATE, certificate
from tests.unit.microservice.targets import TARGETS, stack_with

WITH_INGRESS = sorted({*TARGETS} - {"AppRunnerMicroservice", "ExpressMicroservice", "LambdaMicroservice"})
ON_ECS = ["FargateMicroservice", "ManagedInstancesMicroservice"]
PUBLIC_TYPES = ("AWS::ApiGatewayV2::Api", "AWS::EC2::EIP")


def vpc_of(stack: cdk.Stack) -> ec2.Vpc:
    return cast("ec2.Vpc", stack.node.find_child("Vpc"))


def plain(_stack: cdk.Stack) -> PrivateIngress:
    return PrivateIngress()


def named(stack: cdk.Stack) -> PrivateIngress:
    zone = route53.PrivateHostedZone(stack, "Private", zone_name="internal.example.com", vpc=vpc_of(stack))
    return PrivateIngress(name="bills.internal.example.com", zone=zone, certificate=certificate(stack))


def in_namespace(stack: cdk.Stack) -> PrivateIngress:
    return PrivateIngress(
        namespace=servicediscovery.PrivateDnsNamespace(stack, "Names", name="team.local", vpc=vpc_of(stack))
    )


def template_of(stack: cdk.Stack) -> Template:
    return cast("Template", assertions.Template.from_stack(stack).to_json())


def service_of(stack: cdk.Stack) -> Any:
    return stack.node.find_child("Service")


@pytest.mark.parametrize("target", WITH_INGRESS)
def test_the_load_balancer_is_internal_and_accepts_the_vpc_only(target: str) -> None:
    template = template_of(stack_with(target, app=cdk.App(), ingress=plain))
    [balancer] = resources(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    assert "PrivateSubnet" in json.dumps(balancer["Subnets"])
    assert not resources(template, "AWS::ApiGatewayV2::Api")
    for group in resources(template, "AWS::EC2::SecurityGroup"):
        assert "0.0.0.0/0" not in json.dumps(group.get("SecurityGroupIngress"))


@pytest.mark.parametrize("target", WITH_INGRESS)
def test_without_a_certificate_the_url_is_http_at_the_load_balancer(target: str) -> None:
    stack = stack_with(target, app=cdk.App(), ingress=plain)
    url = json.dumps(stack.resolve(service_of(stack).url))
    assert '"http://"' in url
    assert "DNSName" in url
    assert service_of(stack).ingress.is_private


@pytest.mark.parametrize("target", WITH_INGRESS)
def test_with_a_certificate_the_url_is_https_at_the_private_name(target: str) -> None:
    stack = stack_with(target, app=cdk.App(), ingress=named)
    assert service_of(stack).url == "https://bills.internal.example.com"
    template = template_of(stack)
    [listener] = resources(template, "AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Port"], listener["Certificates"]) == (443, [{"CertificateArn": CERTIFICATE}])
    [record] = resources(template, "AWS::Route53::RecordSet")
    assert record["Name"] == "bills.internal.example.com."


def test_the_contract_says_what_the_url_of_a_private_service_is() -> None:
    documented = " ".join((Microservice.url.__doc__ or "").split())
    assert "It is public and https, except behind a `PrivateIngress`" in documented
    assert "it is http if the endpoint has no certificate" in documented


def test_callers_can_be_named() -> None:
    def only_one(stack: cdk.Stack) -> PrivateIngress:
        return PrivateIngress(callers=[ec2.SecurityGroup(stack, "Caller", vpc=vpc_of(stack))])

    template = template_of(stack_with("FargateMicroservice", app=cdk.App(), ingress=only_one))
    assert "Caller" in json.dumps(resources(template, "AWS::EC2::SecurityGroupIngress"))
    groups = json.dumps(resources(template, "AWS::EC2::SecurityGroup"))
    assert "CidrBlock" not in groups


@pytest.mark.parametrize("target", ON_ECS)
def test_tasks_have_a_name_in_the_namespace(target: str) -> None:
    stack = stack_with(target, app=cdk.App(), ingress=in_namespace, port=9000)
    ingress = service_of(stack).ingress
    assert ingress.discovery_url == "http://bills.team.local:9000"
    template = template_of(stack)
    [registered] = resources(template, "AWS::ServiceDiscovery::Service")
    assert registered["Name"] == "bills"
    assert registered["DnsConfig"]["DnsRecords"] == [{"TTL": 10, "Type": "A"}]
    [service] = resources(template, "AWS::ECS::Service")
    assert len(service["ServiceRegistries"]) == 1
    ports = [
        rule["FromPort"]
        for group in resources(template, "AWS::EC2::SecurityGroup")
        for rule in group.get("SecurityGroupIngress", [])
    ]
    assert sorted(ports) == [80, 9000]


def test_a_name_in_a_namespace_is_rejected_with_blue_green_deployments() -> None:
    with pytest.raises(ValueError, match=r"namespace='team.local' is not supported with blue_green_bake_time"):
        stack_with(
            "FargateMicroservice",
            app=cdk.App(),
            ingress=in_namespace,
            blue_green_bake_time=cdk.Duration.minutes(10),
        )


@pytest.mark.parametrize("target", sorted({*WITH_INGRESS} - {*ON_ECS}))
def test_other_targets_reject_a_namespace(target: str) -> None:
    with pytest.raises(ValueError, match=r"namespace='team.local' is supported by ECS targets only"):
        stack_with(target, app=cdk.App(), ingress=in_namespace)


@pytest.mark.parametrize("target", ["EksAutoMicroservice", "EksFargateMicroservice"])
def test_pods_have_the_name_of_their_kubernetes_service(target: str) -> None:
    service = service_of(stack_with(target, app=cdk.App(), ingress=plain))
    assert service.ingress.discovery_url == f"http://microservice.{service.namespace}.svc.cluster.local"


def test_name_zone_and_certificate_belong_together() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0", zone_name="internal.example.com"
    )
    with pytest.raises(ValueError, match="name without zone is not valid"):
        PrivateIngress(name="bills.internal.example.com")
    with pytest.raises(ValueError, match="zone without name is not valid"):
        PrivateIngress(zone=zone)
    with pytest.raises(ValueError, match="certificate without name is not valid"):
        PrivateIngress(certificate=certificate(stack))
    with pytest.raises(ValueError, match="not inside the hosted zone"):
        PrivateIngress(name="bills.example.org", zone=zone)
