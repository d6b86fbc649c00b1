"""Prices of AWS Lambda."""

from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext


def function(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price requests and duration of the service's function; those that only deployments call cost next to nothing."""
    if not (context.workload and resource.logical_id == context.workload.resource and not context.is_shared(resource)):
        return
    kind = "arm" if resource.properties.get("Architectures") == ["arm64"] else "x86"
    gib = float(resource.properties.get("MemorySize", 128)) / 1024
    yield context.charge(resource, "requests", "lambda-requests", "million_requests")
    yield context.charge(resource, "duration", f"lambda-{kind}-gb-second", "function_seconds", gib)
