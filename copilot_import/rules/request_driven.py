"""A Request-Driven Web Service, which ran on App Runner."""

from copilot_import.manifest import Manifest
from copilot_import.rules.answer import Answer, Rule, nothing, same
from copilot_import.rules.container import CONTAINER
from copilot_import.tree import Node, Scalar, shown

_FIXED = "each target asks in its own way"


def _private(_manifest: Manifest, node: Node) -> Answer:
    if isinstance(node, Scalar) and shown(node) == "false":
        return same("the target's front door", "public, as it was")
    return nothing("every target here is public: let the service check who calls")


def _alias(_manifest: Manifest, node: Node) -> Answer:
    becomes = f"entrance=OwnDomain(name={shown(node)!r}, zone=..., certificate=...)"
    return same(becomes, "of ecs-fargate; ecs-express answers at AWS's own name, and takes no other here")


REQUEST_DRIVEN: dict[str, Rule] = {
    **{
        pattern: rule
        for pattern, rule in CONTAINER.items()
        if pattern.split(".")[0] in ("image", "variables", "secrets", "command") and "healthcheck" not in pattern
    },
    "http.private": _private,
    "http.private.endpoint": nothing("every target here is public: let the service check who calls"),
    "http.alias": _alias,
    "http.healthcheck": same("health_path"),
    "http.healthcheck.port": nothing("the port that answers requests is the one that is asked"),
    "http.healthcheck.success_codes": nothing("200 and nothing else means well"),
    "http.healthcheck.healthy_threshold": same("the target's own", _FIXED),
    "http.healthcheck.unhealthy_threshold": same("the target's own", _FIXED),
    "http.healthcheck.interval": same("the target's own", _FIXED),
    "http.healthcheck.timeout": same("the target's own", _FIXED),
    "http.healthcheck.grace_period": same("the target's own", _FIXED),
    "network.vpc.placement": same("stacks/network.py", "tasks on ECS are in the VPC and reach what is private there"),
    "network.vpc.placement.subnets.**": same("stacks/network.py", "tasks on ECS are in the VPC of that stack"),
    "tags.**": same("cdk.Tags.of(stack).add(NAME, VALUE)"),
}
