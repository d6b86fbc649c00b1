"""Two services behind one shared load balancer, and a private service that one of them calls by name."""

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_servicediscovery as servicediscovery

from microservice import (
    FargateMicroservice,
    IngressConfig,
    PrivateIngress,
    PromotedImage,
    ServiceSpec,
    SharedLoadBalancer,
)
from tests.emulated import templates
from tests.emulated.emulator import Emulator

pytestmark = pytest.mark.local_run

IMAGE = PromotedImage(repository_name="tiny", digest="sha256:" + "0" * 64)
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"


def team(app: cdk.App) -> cdk.Stack:
    """Create two services that share `shop.example.com`, and a private one, `stock.internal`."""
    stack = cdk.Stack(app, "Team")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    shared = SharedLoadBalancer(
        stack,
        "Shared",
        vpc=vpc,
        certificates=[acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)],
        zone=route53.PublicHostedZone(stack, "Zone", zone_name="example.com"),
    )
    private = PrivateIngress(
        name="stock.internal",
        zone=route53.PrivateHostedZone(stack, "Internal", zone_name="internal", vpc=vpc),
        namespace=servicediscovery.PrivateDnsNamespace(stack, "Names", name="team.local", vpc=vpc),
    )
    ingresses: dict[str, IngressConfig] = {
        "bills": shared.route(host="shop.example.com", paths=["/bills", "/bills/*"]),
        "carts": shared.route(host="shop.example.com", paths=["/carts", "/carts/*"]),
        "stock": private,
    }
    for name, ingress in ingresses.items():
        spec = ServiceSpec(name=name, command=["serve"], min_instances=1)
        FargateMicroservice(stack, name, spec=spec, image=IMAGE, cluster=cluster, ingress=ingress)
    return stack


@pytest.fixture
def deployed(emulator: Emulator) -> Iterator[Emulator]:
    resources: dict[str, Any] = assertions.Template.from_stack(team(cdk.App())).to_json()["Resources"]
    for found in resources.values():
        if found["Type"] == "AWS::ECS::TaskDefinition":
            found["Properties"]["ContainerDefinitions"][0]["Image"] = templates.IMAGE
    stack = emulator.deploy("team", resources)
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.reasons("team")
    yield emulator
    emulator.delete("team")


def addresses(emulator: Emulator) -> dict[str, str]:
    """Return service -> address of its task."""
    found = {}
    for container in emulator.running("team"):
        variables = emulator.record(container)["environment"]
        found[variables["OTEL_SERVICE_NAME"]] = variables["HOST"]
    return found


def test_a_shared_load_balancer_and_a_private_service(deployed: Emulator) -> None:
    own = addresses(deployed)
    assert set(own) == {"bills", "carts", "stock"}
    for name in ("bills", "carts"):
        assert deployed.get("https://shop.example.com", f"/{name}/1").text == f"/{name}/1 from {own[name]}"
    # Neither path nor host of a service: the default action.
    assert deployed.get("https://shop.example.com", "/elsewhere").status_code == 404
    # A service of the VPC calls the private one by its name, and its task by the name in Cloud Map.
    assert deployed.get("https://shop.example.com", "/bills/call/stock.internal").text == f"/called from {own['stock']}"
    names = deployed.client("servicediscovery")
    [registered] = names.list_services()["Services"]
    [instance] = names.list_instances(ServiceId=registered["Id"])["Instances"]
    assert (registered["Name"], instance["Attributes"]) == ("stock", {"AWS_INSTANCE_IPV4": own["stock"]})
    balancers = deployed.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert sorted(each["Scheme"] for each in balancers) == ["internal", "internet-facing"]
