"""Prices of AWS Lambda."""

import re
from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext
from pricing.usage import HOURS_PER_MONTH
from pricing.workload import function_of as _function_of
from pricing.workload import provisioned_concurrency

# Duration of a scheduled run; an assumption.
_SCHEDULED_SECONDS = 0.5


def function(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price requests and duration of the service's function; those that only deployments call cost next to nothing."""
    if not (context.workload and resource.logical_id == context.workload.resource and not context.is_shared(resource)):
        return
    yield context.charge(resource, "requests", "lambda-requests", "million_requests")
    price = f"lambda-{_kind(resource)}-gb-second"
    yield context.charge(resource, "duration", price, "function_seconds", _gib(resource))
    if context.workload.provisioned_concurrency:
        item = "duration with provisioned concurrency"
        price = f"lambda-{_kind(resource)}-pc-duration-gb-second"
        yield context.charge(resource, item, price, "provisioned_function_seconds", _gib(resource))


def alias(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the execution environments that are initialized all the time, used or not; an alias itself is free.

    https://aws.amazon.com/lambda/pricing/
    """
    count, found = provisioned_concurrency(resource), function_of(resource, {"Ref": resource.logical_id}, context)
    if count and found is not None:
        price = f"lambda-{_kind(found)}-provisioned-gb-second"
        yield context.charge(resource, "provisioned concurrency", price, "hours", count * 3600 * _gib(found))


def rule(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the runs of the functions that a schedule invokes; events of AWS services are free.

    https://aws.amazon.com/eventbridge/pricing/
    """
    found = re.fullmatch(r"rate\((\d+) minutes?\)", str(resource.properties.get("ScheduleExpression", "")))
    if not found:
        return
    runs = HOURS_PER_MONTH * 60 / int(found[1])
    for target in resource.properties.get("Targets", ()):
        function = function_of(resource, target.get("Arn"), context)
        if function is None:
            continue
        seconds = runs * _SCHEDULED_SECONDS * _gib(function)
        yield context.charge(function, "scheduled requests", "lambda-requests", "months", runs / 1e6)
        yield context.charge(function, "scheduled duration", f"lambda-{_kind(function)}-gb-second", "months", seconds)


def function_of(resource: Resource, arn: object, context: PricingContext) -> Resource | None:
    """Return the function of an ARN, which may be that of its alias."""
    return _function_of(resource, arn, context.templates)


def _kind(function: Resource) -> str:
    return "arm" if function.properties.get("Architectures") == ["arm64"] else "x86"


def _gib(function: Resource) -> float:
    return float(function.properties.get("MemorySize", 128)) / 1024
