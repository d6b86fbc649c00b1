"""Prices of NAT gateways, public IPv4 addresses and VPC endpoints."""

import json
import re
from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext
from pricing.rules.cloudwatch import log_group
from pricing.rules.elastic_beanstalk import environment


def nat_gateway(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the hours, and the data of the service's log and spans, which is all that passes through it.

    Image layers use the free gateway endpoint of S3, the table that of DynamoDB.
    """
    yield context.charge(resource, "NAT gateway", "nat-gateway-hour", "hours")
    if _ships_logs(context):
        yield context.charge(resource, "data through the NAT gateway", "nat-gateway-gb", "log_gb")
    if rate := _sampling_rate(context):
        yield context.charge(resource, "spans through the NAT gateway", "nat-gateway-gb", "span_gb", rate)


def _ships_logs(context: PricingContext) -> bool:
    """Whether the service's log goes to CloudWatch: on EKS it stays on the node."""
    templates = context.templates
    charges = [
        *(charge for found in templates.own("AWS::Logs::LogGroup") for charge in log_group(found, context)),
        *(
            charge
            for found in templates.own("AWS::ElasticBeanstalk::Environment")
            for charge in environment(found, context)
        ),
    ]
    return any(charge.usage_metric == "log_gb" for charge in charges)


def elastic_ip(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price a public IPv4 address, in use or not."""
    yield context.charge(resource, "public IPv4 address", "public-ipv4-hour", "hours")


_SAMPLING_RATE = re.compile(r"OTEL_TRACES_SAMPLER_ARG[^\d.]{1,20}(\d*\.?\d+)")
# Service in the name of an interface endpoint -> what passes through it in a month: logs and spans. Calls of Secrets
# Manager, ECR and Step Functions are kilobytes; image layers and the table use the free gateway endpoints.
_THROUGH_ENDPOINTS = {"logs": "log_gb", "xray": "span_gb"}


def vpc_endpoint(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price interface endpoints by Availability Zone and by data; gateway endpoints are free."""
    if resource.properties.get("VpcEndpointType", "Gateway") != "Interface":
        return
    zones = len(resource.properties.get("SubnetIds", [None]))
    yield context.charge(resource, "interface endpoint", "vpc-endpoint-hour", "hours", zones)
    service = str(resource.resolved.get("ServiceName", "")).rpartition(".")[2]
    metric = _THROUGH_ENDPOINTS.get(service)
    if metric == "log_gb" and _ships_logs(context):
        yield context.charge(resource, "data through the interface endpoint", "vpc-endpoint-gb", metric)
    if metric == "span_gb" and (rate := _sampling_rate(context)):
        yield context.charge(resource, "data through the interface endpoint", "vpc-endpoint-gb", metric, rate)


def _sampling_rate(context: PricingContext) -> float:
    """Return the share of requests whose spans the replicas of the target send, from 0 to 1.

    The variable is in a task definition, in the values of a Helm release, in user data, or in a Compose file.
    """
    templates = context.templates
    own = [found for found in templates.resources if not templates.is_shared(found)]
    texts = [json.dumps(found.properties) for found in own] + [templates.own_template.compose_file]
    found = [match[1] for text in texts for match in _SAMPLING_RATE.finditer(text)]
    return max((float(rate) for rate in found), default=0)
