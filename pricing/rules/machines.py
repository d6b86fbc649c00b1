"""What EC2 instances cost: of an Auto Scaling group, of Elastic Beanstalk, and those that AWS starts for containers."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pricing.capacity import Capacity
from pricing.deployment import Resource
from pricing.lines import Bill, Line
from pricing.rules.front_door import throttle
from pricing.rules.observability import alarms, logs

_DETAILED_METRICS = 7
"""That EC2 sends each minute: https://aws.amazon.com/cloudwatch/pricing/"""
_BEANSTALK_DISK_GIB = 10
"""The root volume of Beanstalk's platforms on Amazon Linux 2023 where no option says another size; an assumption."""


def machine_lines(resource: Resource, bill: Bill, machine: str, driver: str, disk_gib: float) -> Iterator[Line]:
    """Bill instances of a type, and the disk of each."""
    yield bill.line(resource, f"instances, {machine}", f"ec2-{machine}-hour", driver)
    yield bill.line(resource, "disks of the instances", "ebs-gp3-gb-month", driver, disk_gib / 730)


def auto_scaling_group(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill what the group's launch template starts, with detailed metrics where it asks for them."""
    data = _launch(resource, bill)
    disks = [found["Ebs"] for found in data.get("BlockDeviceMappings", []) if "Ebs" in found]
    yield from machine_lines(
        resource, bill, str(data["InstanceType"]), "copy_hours", sum(float(disk["VolumeSize"]) for disk in disks)
    )
    if data.get("Monitoring", {}).get("Enabled"):
        yield bill.line(resource, "metrics each minute", "metric-month", "copy_hours", _DETAILED_METRICS / 730)


def beanstalk_environment(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill its instances, their disks and streamed logs, the two alarms of its scaling, and a load balancer of its own.

    A shared load balancer is billed where it stands in the template. Beanstalk itself is free.
    """
    options = _options(resource)
    disk = float(options.get("aws:autoscaling:launchconfiguration RootVolumeSize", _BEANSTALK_DISK_GIB))
    yield from machine_lines(resource, bill, _beanstalk_type(options), "copy_hours", disk)
    yield alarms(resource, bill, "scaling's alarms", 2)
    if options.get("aws:elasticbeanstalk:cloudwatch:logs StreamLogs") == "true":
        yield from logs(resource, bill, "service's log", "log_gb", 1)
    if options.get("aws:elasticbeanstalk:environment LoadBalancerIsShared") != "true":
        yield bill.line(resource, "load balancer", "alb-hour", "hours")
        yield bill.line(resource, "load balancer's capacity units", "alb-lcu-hour", "lcu_hours")


def group_capacity(resource: Resource, bill: Bill) -> Capacity:
    """Read an Auto Scaling group: one copy on each machine, scaled by the load of the whole machine."""
    data = _launch(resource, bill)
    machine = bill.prices.instance_type(str(data["InstanceType"]))
    policies = bill.deployment.own("AWS::AutoScaling::ScalingPolicy")
    percent = [found.properties["TargetTrackingConfiguration"]["TargetValue"] for found in policies]
    limit = re.search(r"--memory=(\d+)m\b", json.dumps(data.get("UserData", "")))
    return Capacity(
        resource=resource.id,
        counted="machines",
        min_copies=int(resource.properties["MinSize"]),
        max_copies=int(resource.properties["MaxSize"]),
        vcpus=machine.vcpus,
        target_percent=float(min(percent, default=100)),
        memory_mib=float(limit.group(1)) if limit else machine.memory_gib * 1024,
        throttle=throttle(bill.deployment),
    )


def beanstalk_capacity(resource: Resource, bill: Bill) -> Capacity:
    """Read an environment: one copy on each machine; another one starts above the upper threshold."""
    options = _options(resource)
    machine = bill.prices.instance_type(_beanstalk_type(options))
    version = bill.deployment.follow(resource, resource.properties.get("VersionLabel"))
    key = str(version.properties["SourceBundle"]["S3Key"]) if version else ""
    limit = re.search(r"mem_limit: \"?(\d+)m\b", bill.deployment.file(key, "docker-compose.yml"))
    return Capacity(
        resource=resource.id,
        counted="machines",
        min_copies=int(options["aws:autoscaling:asg MinSize"]),
        max_copies=int(options["aws:autoscaling:asg MaxSize"]),
        vcpus=machine.vcpus,
        target_percent=float(options["aws:autoscaling:trigger UpperThreshold"]),
        memory_mib=float(limit.group(1)) if limit else machine.memory_gib * 1024,
        throttle=throttle(bill.deployment),
    )


def _launch(resource: Resource, bill: Bill) -> Mapping[str, Any]:
    template = bill.deployment.follow(resource, resource.properties["LaunchTemplate"]["LaunchTemplateId"])
    if template is None:
        raise LookupError(f"{resource.id} names no launch template of its template")
    data: Mapping[str, Any] = template.properties["LaunchTemplateData"]
    return data


def _options(resource: Resource) -> Mapping[str, str]:
    return {
        f"{found['Namespace']} {found['OptionName']}": str(found.get("Value", ""))
        for found in resource.properties["OptionSettings"]
    }


def _beanstalk_type(options: Mapping[str, str]) -> str:
    return options["aws:ec2:instances InstanceTypes"].split(",")[0]
