"""Prices of AWS App Runner."""

from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext
from pricing.rules.cloudwatch import logs


def service(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the memory of provisioned instances, and the vCPUs of active ones.

    While there are requests, every instance is active; instances that scaling adds are billed with their memory. The
    log group belongs to App Runner. https://aws.amazon.com/apprunner/pricing/
    """
    if not context.workload:
        return
    vcpus, gib = context.workload.vcpus or 0, (context.workload.memory_mib or 0) / 1024
    memory, vcpu = "app-runner-gb-hour", "app-runner-vcpu-hour"
    yield context.charge(resource, "memory of provisioned instances", memory, "provisioned_replica_hours", gib)
    yield context.charge(resource, "memory of added instances", memory, "scaled_out_replica_hours", gib)
    yield context.charge(resource, "vCPUs of active instances", vcpu, "active_replica_hours", vcpus)
    yield from logs(resource, context, "log of the service", "log_gb", 1)
