"""Prices of Amazon ECS: tasks on Fargate, Express Mode services and Managed Instances."""

from collections.abc import Iterator

from deployment.template import Resource, TargetTemplates
from pricing.charges import Charge, PricingContext
from pricing.packing import Packing, ResourceRequest, cheapest_packing
from pricing.prices import PriceList
from pricing.rules.cloudwatch import alarms, container_insights
from pricing.rules.ec2 import instance_charges
from pricing.rules.elastic_load_balancing import load_balancer_charges
from pricing.workload import Workload, task_definition

_CPU_UNITS = 1024
_DEFAULT_VOLUME_GIB = 80
_EXPRESS_ALARMS = 3
"""Two of scaling, one of deployments."""


def service(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price Container Insights, and the tasks on Fargate; instances are priced with their capacity provider."""
    task = task_definition(resource, context.templates)
    if not _uses_capacity_provider(resource, context.templates):
        yield from fargate_charges(resource, context, task)
    yield from container_insights(resource, context, task)


def express_service(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the tasks, the load balancer and alarms that ECS creates, and all public addresses.

    Up to 25 services of a VPC share the load balancer, which counts in full here.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-overview.html
    """
    task = task_definition(resource, context.templates)
    yield from fargate_charges(resource, context, task)
    yield from load_balancer_charges(resource, context)
    zones = len(resource.properties["NetworkConfiguration"]["Subnets"])
    yield context.charge(resource, "public addresses of the load balancer", "public-ipv4-hour", "hours", zones)
    yield context.charge(resource, "public address of each task", "public-ipv4-hour", "replica_hours")
    yield alarms(resource, context, "alarms that ECS creates", _EXPRESS_ALARMS)
    yield from container_insights(resource, context, task)


def capacity_provider(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the instances that ECS starts, their volumes, and the management fee."""
    if not context.packing:
        return
    launch = resource.properties["ManagedInstancesProvider"]["InstanceLaunchTemplate"]
    volume_gib = float(launch.get("StorageConfiguration", {}).get("StorageSizeGiB", _DEFAULT_VOLUME_GIB))
    instance_type = context.packing.instance_type
    yield from instance_charges(resource, context, instance_type, "instance_hours", volume_gib)
    hourly = context.prices.usd(f"ec2-{instance_type}-hour")
    yield context.charge(resource, "management fee", "managed-instances-fee", "instance_hours", share=hourly)


def fargate_charges(resource: Resource, context: PricingContext, task: Resource) -> Iterator[Charge]:
    """Price tasks of the size of a task definition, which Fargate bills by the second."""
    architecture = task.properties.get("RuntimePlatform", {}).get("CpuArchitecture", "X86_64")
    kind = "arm" if architecture == "ARM64" else "x86"
    vcpus, gib = float(task.properties["Cpu"]) / _CPU_UNITS, float(task.properties["Memory"]) / 1024
    yield context.charge(resource, "vCPUs of tasks", f"fargate-{kind}-vcpu-hour", "replica_hours", vcpus)
    yield context.charge(resource, "memory of tasks", f"fargate-{kind}-gb-hour", "replica_hours", gib)


def packing(templates: TargetTemplates, workload: Workload, prices: PriceList) -> Packing | None:
    """Return the packing of tasks on Managed Instances; None for a service on Fargate."""
    [found] = templates.own("AWS::ECS::Service")
    if not _uses_capacity_provider(found, templates):
        return None
    [provider] = templates.own("AWS::ECS::CapacityProvider")
    network = provider.properties["ManagedInstancesProvider"]["InstanceLaunchTemplate"]["NetworkConfiguration"]
    return cheapest_packing(
        prices,
        workload.architecture or "x86_64",
        replica=ResourceRequest(vcpus=workload.vcpus or 0, memory_mib=workload.memory_mib or 0),
        add_ons=(),
        zones=len(network["Subnets"]),
        replicas=workload.min_replicas,
    )


def _uses_capacity_provider(service: Resource, templates: TargetTemplates) -> bool:
    strategies = service.properties.get("CapacityProviderStrategy", [])
    return any(templates.follow(service, strategy.get("CapacityProvider")) for strategy in strategies)
