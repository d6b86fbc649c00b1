"""What Lambda and App Runner cost."""

from collections.abc import Iterator

from pricing.capacity import Capacity
from pricing.deployment import Resource
from pricing.lines import Bill, Line
from pricing.rules.observability import logs

_MIB_A_VCPU = 1769
"""Memory at which a function has one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
_MOST_AT_ONCE = 1000
"""What an account's functions may do at once, unless AWS allows more."""


def serves(resource: Resource, bill: Bill) -> bool:
    """Whether a function is the target's service; the others run while something is deployed."""
    return resource.stack == bill.deployment.target.stack and resource.id in bill.deployment.target.logical_ids


def function(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill requests, and memory for as long as they take; a function of deployments costs nothing to speak of."""
    if not serves(resource, bill):
        return
    kind = "arm" if resource.properties.get("Architectures") == ["arm64"] else "x86"
    gib = float(resource.properties.get("MemorySize", 128)) / 1024
    yield bill.line(resource, "requests", "lambda-requests", "million_requests")
    yield bill.line(resource, "memory while it answers", f"lambda-{kind}-gb-second", "function_seconds", gib)


def function_capacity(resource: Resource, _: Bill) -> Capacity:
    """Read a function: processors come with its memory, one request at a time in each environment."""
    memory = float(resource.properties.get("MemorySize", 128))
    return Capacity(
        resource=resource.id,
        counted="environments",
        min_copies=0,
        max_copies=int(resource.properties.get("ReservedConcurrentExecutions", _MOST_AT_ONCE)),
        vcpus=memory / _MIB_A_VCPU,
        target_percent=100,
        memory_mib=memory,
        concurrency=1,
    )


def app_runner_service(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill memory of the instances that are always there, and processors of those that have requests.

    While there are requests every instance has some; one that is started beside them is billed with its memory. The
    log group is App Runner's own. https://aws.amazon.com/apprunner/pricing/
    """
    size = resource.properties["InstanceConfiguration"]
    vcpus, gib = _cpu_units(str(size["Cpu"])) / 1024, float(size["Memory"]) / 1024
    yield bill.line(resource, "memory that is always there", "app-runner-gb-hour", "standing_copy_hours", gib)
    yield bill.line(resource, "memory of further instances", "app-runner-gb-hour", "started_copy_hours", gib)
    yield bill.line(resource, "processors while there are requests", "app-runner-vcpu-hour", "active_copy_hours", vcpus)
    yield from logs(resource, bill, "service's log", "log_gb", 1)


def app_runner_capacity(resource: Resource, bill: Bill) -> Capacity:
    """Read an App Runner service: it scales by requests at once, and cannot do more than its processors can."""
    scaling = bill.deployment.follow(resource, resource.properties.get("AutoScalingConfigurationArn"))
    limits = scaling.properties if scaling else {}
    size = resource.properties["InstanceConfiguration"]
    return Capacity(
        resource=resource.id,
        counted="copies",
        min_copies=int(limits.get("MinSize", 1)),
        max_copies=int(limits.get("MaxSize", 25)),
        vcpus=_cpu_units(str(size["Cpu"])) / 1024,
        target_percent=100,
        memory_mib=float(size["Memory"]),
        concurrency=int(limits.get("MaxConcurrency", 100)),
    )


def _cpu_units(cpu: str) -> float:
    return float(cpu.removesuffix(" vCPU")) * 1024 if cpu.endswith("vCPU") else float(cpu)
