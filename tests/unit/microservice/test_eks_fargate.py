"""Several services on EKS with Fargate in one stack."""

import aws_cdk as cdk
from aws_cdk import assertions

from microservice import EksFargateMicroservice, ServiceSpec
from tests.unit.microservice.targets import IMAGE, stack_with


def test_fargate_profiles_of_a_stack_are_created_one_after_the_other() -> None:
    """EKS rejects a profile while it creates another one of the cluster."""
    stack = stack_with("EksFargateMicroservice")
    first = stack.node.find_child("Service")
    around = {"cluster": stack.node.find_child("Cluster"), "ingress": stack.node.find_child("Link")}
    EksFargateMicroservice(stack, "Other", spec=ServiceSpec(name="other"), image=IMAGE, **around)
    profiles = assertions.Template.from_stack(stack).find_resources("AWS::EKS::FargateProfile")
    [before] = [stack.get_logical_id(first.profile)]
    [after] = profiles.keys() - {before}
    assert before in profiles[after]["DependsOn"]
    assert after not in profiles[before].get("DependsOn", [])


def test_two_services_of_one_name_have_a_namespace_each() -> None:
    namespaces = set()
    for name in ("One", "Two"):
        app = cdk.App()
        stack = stack_with("EksFargateMicroservice", app=app)
        around = {"cluster": stack.node.find_child("Cluster"), "ingress": stack.node.find_child("Link")}
        service = EksFargateMicroservice(stack, name, spec=ServiceSpec(name="bills"), image=IMAGE, **around)
        namespaces |= {service.namespace, stack.node.find_child("Service").namespace}
    assert len(namespaces) == 3
