"""Web ACLs of AWS WAF: what they are associated with, and which ARNs are rejected."""

import json
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2

from microservice import CustomDomain, PrivateIngress, SharedLoadBalancer
from tests.conftest import Template, logical_ids, resources
from tests.snapshot.options import custom_domain
from tests.unit.microservice.endpoints import certificate
from tests.unit.microservice.targets import stack_with

ACL = "arn:aws:wafv2:eu-west-1:000000000000:regional/webacl/team/1"
ASSOCIATION = "AWS::WAFv2::WebACLAssociation"
LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def at_custom_domain(stack: cdk.Stack) -> CustomDomain:
    domain = custom_domain(stack)
    domain.web_acl_arn = ACL
    return domain


def in_the_vpc(_stack: cdk.Stack) -> PrivateIngress:
    return PrivateIngress(web_acl_arn=ACL)


def template_of(target: str, **options: Any) -> Template:
    return cast("Template", assertions.Template.from_stack(stack_with(target, app=cdk.App(), **options)).to_json())


def associated(template: Template) -> Any:
    """The resource with the web ACL."""
    [association] = resources(template, ASSOCIATION)
    assert association["WebACLArn"] == ACL
    return association["ResourceArn"]


@pytest.mark.parametrize("ingress", [at_custom_domain, in_the_vpc])
@pytest.mark.parametrize("target", ["BeanstalkMicroservice", "FargateMicroservice"])
def test_a_load_balancer_of_an_ingress_has_the_web_acl(target: str, ingress: Any) -> None:
    template = template_of(target, ingress=ingress)
    [balancer] = logical_ids(template, LOAD_BALANCER)
    assert associated(template) == {"Ref": balancer}


def test_an_app_runner_service_has_the_web_acl() -> None:
    template = template_of("AppRunnerMicroservice", cpu=1024, memory_mib=2048, web_acl_arn=ACL)
    [service] = logical_ids(template, "AWS::AppRunner::Service")
    assert associated(template) == {"Fn::GetAtt": [service, "ServiceArn"]}


@pytest.mark.parametrize("target", ["AppRunnerMicroservice", "FargateMicroservice"])
def test_there_is_no_web_acl_by_default(target: str) -> None:
    assert ASSOCIATION not in json.dumps(template_of(target, cpu=1024, memory_mib=2048))


def create(web_acl_arn: str, *, region: str | None = None) -> Template:
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(region=region))
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    SharedLoadBalancer(stack, "Shared", vpc=vpc, certificates=[certificate(stack)], web_acl_arn=web_acl_arn)
    return cast("Template", assertions.Template.from_stack(stack).to_json())


@pytest.mark.parametrize(
    "arn",
    [
        "team",
        "arn:aws:wafv2:us-east-1:000000000000:global/webacl/team/1",
        "arn:aws:wafv2:us-east-1:000000000000:regional/rulegroup/team/1",
        "arn:aws:waf-regional:us-east-1:000000000000:webacl/1",
        "arn:aws:wafv2:us-east-1:0:regional/webacl/team/1",
        f"{ACL}/2",
    ],
)
def test_an_arn_that_is_not_that_of_a_regional_web_acl_is_rejected(arn: str) -> None:
    with pytest.raises(ValueError, match=r"allowed: the ARN of a web ACL with scope REGIONAL\)\. Set an ARN of `aws"):
        create(arn)


def test_a_web_acl_of_another_region_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"allowed: a web ACL in us-west-2, the Region of the stack\)\. Set"):
        create(ACL, region="us-west-2")
    assert associated(create(ACL, region="eu-west-1"))


def test_an_arn_that_is_known_at_deployment_is_accepted() -> None:
    [found] = resources(create(cdk.Fn.import_value("TeamWebAcl")), ASSOCIATION)
    assert found["WebACLArn"] == {"Fn::ImportValue": "TeamWebAcl"}
