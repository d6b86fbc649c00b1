"""What ECS services cost: on Fargate, in Express Mode, on managed instances."""

from collections.abc import Iterator, Mapping
from typing import Any

from pricing.capacity import Capacity
from pricing.deployment import Resource
from pricing.lines import Bill, Line
from pricing.packing import Packing, Pods, cheapest_packing
from pricing.rules.front_door import throttle
from pricing.rules.machines import machine_lines
from pricing.rules.networking import application_load_balancer
from pricing.rules.observability import alarms, container_insights

_CPU_UNITS = 1024
_EXPRESS_ALARMS = 3
"""Two of scaling, one that deployments watch."""


def service(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill Container Insights, and on Fargate the tasks; instances are billed by their capacity provider."""
    task = _task(resource, bill)
    if not _managed(resource, bill):
        yield from fargate_lines(resource, bill, task)
    cluster = bill.deployment.follow(resource, resource.properties.get("Cluster"))
    yield from container_insights(resource, cluster, task, bill)


def express_service(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill tasks, the load balancer that ECS makes, its addresses and those of the tasks, and three alarms.

    Services of one VPC share the load balancer, up to 25 of them; the whole of it is billed here, as one would pay it.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-overview.html
    """
    task = _task(resource, bill)
    yield from fargate_lines(resource, bill, task)
    yield from application_load_balancer(resource, bill)
    zones = len(resource.properties["NetworkConfiguration"]["Subnets"])
    yield bill.line(resource, "load balancer's public addresses", "public-ipv4-hour", "hours", zones)
    yield bill.line(resource, "public address of each task", "public-ipv4-hour", "copy_hours")
    yield alarms(resource, bill, "alarms that ECS makes", _EXPRESS_ALARMS)
    cluster = bill.deployment.follow(resource, resource.properties.get("Cluster"))
    yield from container_insights(resource, cluster, task, bill)


def capacity_provider(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the instances that ECS starts, their disks, and the fee for managing them."""
    packing = _managed_packing(bill)
    launch = resource.properties["ManagedInstancesProvider"]["InstanceLaunchTemplate"]
    disk = float(launch.get("StorageConfiguration", {}).get("StorageSizeGiB", 80))
    yield from machine_lines(resource, bill, packing.machine, "machine_hours", disk)
    instance = bill.prices.usd(f"ec2-{packing.machine}-hour")
    yield bill.line(resource, "fee for managing them", "managed-instances-fee", "machine_hours", share=instance)


def fargate_lines(resource: Resource, bill: Bill, task: Resource) -> Iterator[Line]:
    """Bill tasks of the size that their definition says, by the second."""
    processor = str(task.properties.get("RuntimePlatform", {}).get("CpuArchitecture", "X86_64"))
    kind = "arm" if processor == "ARM64" else "x86"
    vcpus, gib = float(task.properties["Cpu"]) / _CPU_UNITS, float(task.properties["Memory"]) / 1024
    yield bill.line(resource, "tasks, processors", f"fargate-{kind}-vcpu-hour", "copy_hours", vcpus)
    yield bill.line(resource, "tasks, memory", f"fargate-{kind}-gb-hour", "copy_hours", gib)


def service_capacity(resource: Resource, bill: Bill) -> Capacity:
    """Read what scaling a service has; one without any always runs the copies that it says."""
    task, packing = _task(resource, bill), None
    if _managed(resource, bill):
        packing = _managed_packing(bill)
    fixed = int(resource.properties.get("DesiredCount", 1))
    policies = bill.deployment.own("AWS::ApplicationAutoScaling::ScalingPolicy")
    percent = [found.properties["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for found in policies]
    scaling = _scaling(bill)
    return Capacity(
        resource=resource.id,
        counted="copies",
        min_copies=int(scaling.get("MinCapacity", fixed)),
        max_copies=int(scaling.get("MaxCapacity", fixed)),
        target_percent=float(min(percent, default=100)),
        throttle=throttle(bill.deployment),
        packing=packing,
        vcpus=_size(task).vcpus,
        memory_mib=_size(task).memory_mib,
    )


def express_capacity(resource: Resource, bill: Bill) -> Capacity:
    """Read the scaling of an Express service."""
    scaling = resource.properties["ScalingTarget"]
    return Capacity(
        resource=resource.id,
        counted="copies",
        min_copies=int(scaling["MinTaskCount"]),
        max_copies=int(scaling["MaxTaskCount"]),
        target_percent=float(scaling["AutoScalingTargetValue"]),
        vcpus=_size(_task(resource, bill)).vcpus,
        memory_mib=_size(_task(resource, bill)).memory_mib,
    )


def _managed_packing(bill: Bill) -> Packing:
    [service] = bill.deployment.own("AWS::ECS::Service")
    task = _task(service, bill)
    [provider] = bill.deployment.own("AWS::ECS::CapacityProvider")
    network = provider.properties["ManagedInstancesProvider"]["InstanceLaunchTemplate"]["NetworkConfiguration"]
    processor = str(task.properties.get("RuntimePlatform", {}).get("CpuArchitecture", "X86_64"))
    return cheapest_packing(
        bill.prices,
        "arm64" if processor == "ARM64" else "x86_64",
        copy=_size(task),
        others=(),
        zones=len(network["Subnets"]),
        at_copies=int(_scaling(bill).get("MinCapacity", 1)),
    )


def _managed(resource: Resource, bill: Bill) -> bool:
    return any(
        bill.deployment.follow(resource, strategy.get("CapacityProvider"))
        for strategy in resource.properties.get("CapacityProviderStrategy", [])
    )


def _scaling(bill: Bill) -> Mapping[str, Any]:
    found = bill.deployment.own("AWS::ApplicationAutoScaling::ScalableTarget")
    return found[0].properties if found else {}


def _task(resource: Resource, bill: Bill) -> Resource:
    named = resource.properties.get("TaskDefinition", resource.properties.get("TaskDefinitionArn"))
    task = bill.deployment.follow(resource, named)
    if task is None:
        raise LookupError(f"{resource.id} names no task definition of its template")
    return task


def _size(task: Resource) -> Pods:
    return Pods(count=1, vcpus=float(task.properties["Cpu"]) / _CPU_UNITS, memory_mib=float(task.properties["Memory"]))
