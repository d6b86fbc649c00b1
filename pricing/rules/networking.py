"""What networks, load balancers and HTTP APIs cost."""

from collections.abc import Iterator

from pricing.deployment import Resource
from pricing.lines import Bill, Line
from pricing.rules.machines import beanstalk_environment
from pricing.rules.observability import log_group


def nat_gateway(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the hours; what the service logs leaves through it.

    Layers of images come by the free gateway to S3, and the table by that to DynamoDB.
    """
    yield bill.line(resource, "NAT gateway", "nat-gateway-hour", "hours")
    if _ships_logs(bill):
        yield bill.line(resource, "data through the NAT gateway", "nat-gateway-gb", "log_gb")


def _ships_logs(bill: Bill) -> bool:
    """Whether the service's log goes to CloudWatch: on EKS it stays where it is."""
    written = [line for found in bill.deployment.own("AWS::Logs::LogGroup") for line in log_group(found, bill)]
    streamed = [
        line
        for found in bill.deployment.own("AWS::ElasticBeanstalk::Environment")
        for line in beanstalk_environment(found, bill)
    ]
    return any(line.driver == "log_gb" for line in (*written, *streamed))


def elastic_ip(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill an address that is in use; one that is not costs the same."""
    yield bill.line(resource, "public IPv4 address", "public-ipv4-hour", "hours")


def vpc_endpoint(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill interface endpoints by zone; gateways to S3 and DynamoDB are free."""
    if resource.properties.get("VpcEndpointType", "Gateway") == "Interface":
        zones = len(resource.properties.get("SubnetIds", [None]))
        yield bill.line(resource, "interface endpoint", "vpc-endpoint-hour", "hours", zones)


def load_balancer(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the hours and the capacity units; an internet-facing one has a public address in each zone."""
    yield from application_load_balancer(resource, bill)
    if resource.properties.get("Scheme") == "internet-facing":
        zones = len(resource.properties.get("Subnets", resource.properties.get("SubnetMappings", [])))
        yield bill.line(resource, "public IPv4 addresses", "public-ipv4-hour", "hours", zones)


def application_load_balancer(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill an Application Load Balancer, whoever makes it."""
    yield bill.line(resource, "load balancer", "alb-hour", "hours")
    yield bill.line(resource, "load balancer's capacity units", "alb-lcu-hour", "lcu_hours")


def http_api(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill requests; they are counted by 512 KB."""
    yield bill.line(resource, "HTTP API", "http-api-requests", "million_requests")
