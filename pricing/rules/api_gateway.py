"""Prices of Amazon API Gateway."""

from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext


def http_api(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the requests, which are metered in increments of 512 KB."""
    yield context.charge(resource, "HTTP API", "http-api-requests", "million_http_api_requests")
