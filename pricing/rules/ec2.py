"""Prices of EC2 instances and their volumes, of Auto Scaling groups and of what AWS starts for containers."""

from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext
from pricing.usage import HOURS_PER_MONTH
from pricing.workload import launch_template_data

_DETAILED_METRICS = 7
"""Metrics of detailed monitoring per instance: https://aws.amazon.com/cloudwatch/pricing/"""


def instance_charges(
    resource: Resource, context: PricingContext, instance_type: str, usage_metric: str, volume_gib: float
) -> Iterator[Charge]:
    """Price instances of a type, and the volume of each."""
    yield context.charge(resource, f"instances, {instance_type}", f"ec2-{instance_type}-hour", usage_metric)
    yield context.charge(
        resource, "volumes of the instances", "ebs-gp3-gb-month", usage_metric, volume_gib / HOURS_PER_MONTH
    )


def auto_scaling_group(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the instances of the group's launch template, with detailed monitoring if it is enabled."""
    data = launch_template_data(resource, context.templates)
    volumes = [found["Ebs"] for found in data.get("BlockDeviceMappings", []) if "Ebs" in found]
    gib = sum(float(volume["VolumeSize"]) for volume in volumes)
    yield from instance_charges(resource, context, str(data["InstanceType"]), "replica_hours", gib)
    if data.get("Monitoring", {}).get("Enabled"):
        quantity = _DETAILED_METRICS / HOURS_PER_MONTH
        yield context.charge(resource, "detailed monitoring", "metric-month", "replica_hours", quantity)
