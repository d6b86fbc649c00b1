"""Domain names: two endpoints of an app never have the same one, whose second record AWS would reject."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53

from microservice import CustomDomain, IngressConfig, PrivateIngress, SharedLoadBalancer

NAME = "bills.example.com"
Endpoint = Callable[["Network"], IngressConfig]


class Network:
    """A stack with a VPC, two hosted zones and a certificate."""

    def __init__(self) -> None:
        self.stack = cdk.Stack(cdk.App(), "Stack")
        self.vpc = ec2.Vpc(self.stack, "Vpc", max_azs=2)
        self.zone = route53.PublicHostedZone(self.stack, "Zone", zone_name="example.com")
        self.private_zone = route53.PrivateHostedZone(self.stack, "Private", zone_name="example.com", vpc=self.vpc)
        arn = "arn:aws:acm:us-east-1:000000000000:certificate/1"
        self.certificate: acm.ICertificate = acm.Certificate.from_certificate_arn(self.stack, "Certificate", arn)

    def create(self, name: str, config: IngressConfig) -> Any:
        return config.create_ingress(cdk.Stack(cdk.App.of(self.stack), name), name="bills", vpc=self.vpc)


def custom(network: Network) -> IngressConfig:
    return CustomDomain(name=NAME, zone=network.zone, certificate=network.certificate)


def shared(network: Network) -> IngressConfig:
    found = network.stack.node.try_find_child("Shared")
    balancer = found or SharedLoadBalancer(
        network.stack, "Shared", vpc=network.vpc, certificates=[network.certificate], zone=network.zone
    )
    assert isinstance(balancer, SharedLoadBalancer)
    return balancer.route(host=NAME)


def private(network: Network) -> IngressConfig:
    return PrivateIngress(name=NAME, zone=network.private_zone)


@pytest.mark.parametrize(
    ("first", "second"), [(custom, custom), (shared, custom), (custom, shared), (private, private)]
)
def test_a_name_that_another_endpoint_has_is_rejected(first: Endpoint, second: Endpoint) -> None:
    network = Network()
    network.create("One", first(network))
    with pytest.raises(ValueError, match=rf"name='{NAME}' is not valid .*(One|Shared).*SharedLoadBalancer"):
        network.create("Two", second(network))


def test_a_public_and_a_private_endpoint_may_have_the_same_name() -> None:
    network = Network()
    network.create("One", custom(network))
    network.create("Two", private(network))
