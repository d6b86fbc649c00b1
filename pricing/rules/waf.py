"""Prices of AWS WAF: web ACLs, their rules, and the requests that they inspect."""

from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext


def web_acl(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price a web ACL of the app and its rules; a rule group counts as one rule, without those inside.

    https://aws.amazon.com/waf/pricing/
    """
    yield context.charge(resource, "web ACL", "waf-web-acl-month", "months")
    rules = len(resource.properties.get("Rules", ()))
    yield context.charge(resource, "rules of the web ACL", "waf-rule-month", "months", rules)


def association(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the requests that the web ACL inspects: all requests of the service."""
    yield context.charge(resource, "requests that the web ACL inspects", "waf-requests", "million_requests")
