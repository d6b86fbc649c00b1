"""The OpenTelemetry resource attributes of a service: the origin of its spans, metrics and logs."""

from collections.abc import Mapping
from urllib.parse import quote

import aws_cdk as cdk
from constructs import Construct

VARIABLE = "OTEL_RESOURCE_ATTRIBUTES"


def resource_attributes(scope: Construct, *, platform: str, version: str | None) -> dict[str, str]:
    """Return the attributes that tell deployments of one service apart: version, platform, stack and target.

    `deployment.environment` is the older name of `deployment.environment.name`, which tools still group by.
    https://opentelemetry.io/docs/specs/semconv/resource/cloud/
    https://opentelemetry.io/docs/specs/semconv/resource/deployment-environment/

    Args:
        scope: The target. Its `TARGET_ID`, or the ID of a construct without one, becomes `microservice.target`.
        platform: Value of `cloud.platform`, such as `aws_ecs`.
        version: Value of `service.version`: the image's tag or digest. None: not known at synthesis.
    """
    deployment = _stack_name(scope)
    return {
        **({} if version is None else {"service.version": version}),
        "deployment.environment.name": deployment,
        "deployment.environment": deployment,
        "cloud.provider": "aws",
        "cloud.platform": platform,
        "microservice.target": getattr(scope, "TARGET_ID", scope.node.id),
    }


def merged(attributes: Mapping[str, str], own: str) -> str:
    """Return the value of `OTEL_RESOURCE_ATTRIBUTES`: the attributes, then those of the spec, which replace them.

    Args:
        attributes: Attributes of the construct.
        own: The variable's value in the spec's `environment`; empty if it has none.
    """
    names = attribute_names(own)
    kept = [f"{name}={quote(value, safe=':-._/')}" for name, value in attributes.items() if name not in names]
    return ",".join([*kept, *filter(None, [own.strip(" ,")])])


def attribute_names(text: str) -> list[str]:
    """Return the names in a value of `OTEL_RESOURCE_ATTRIBUTES`; an entry without `=` is a name, too."""
    return [entry.partition("=")[0].strip() for entry in text.split(",") if entry.strip()]


def _stack_name(scope: Construct) -> str:
    """Return the name of the stack, or of the outermost one of nested stacks, whose own names are tokens."""
    stack = cdk.Stack.of(scope)
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    return stack.stack_name
