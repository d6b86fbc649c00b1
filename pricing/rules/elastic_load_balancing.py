"""Prices of Application Load Balancers, whether the template or an AWS service creates them."""

from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext


def load_balancer(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price a load balancer of the template; an internet-facing one has a public address in each zone."""
    yield from load_balancer_charges(resource, context)
    if resource.properties.get("Scheme") == "internet-facing":
        zones = len(resource.properties.get("Subnets", resource.properties.get("SubnetMappings", [])))
        yield context.charge(resource, "public IPv4 addresses", "public-ipv4-hour", "hours", zones)


def load_balancer_charges(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the hours and the load balancer capacity units (LCU)."""
    yield context.charge(resource, "load balancer", "alb-hour", "hours")
    yield context.charge(resource, "load balancer capacity units", "alb-lcu-hour", "lcu_hours")
