"""Facts about one platform after its first deployment, each read from the service that knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from deployment.preflight.account import Account
from sandbox.drill import DrillContext
from sandbox.drills.target import resources
from sandbox.resource_kinds import cluster_of

PERMISSIONS = (
    "cloudformation:DescribeStackEvents",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ecs:DescribeServices",
    "ecs:DescribeTasks",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeTargetHealth",
)
HOP_LIMIT = 2
_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_STACK = "AWS::CloudFormation::Stack"


def ecs_service(context: DrillContext, account: Account) -> str:
    """Return the ARN of the target's ECS service; "" if it has none."""
    found = resources(context, account, "AWS::ECS::Service", "AWS::ECS::ExpressGatewayService")
    return found[0].id if found else ""


def task_arns(account: Account, service: str) -> list[str]:
    """Return the running tasks of an ECS service."""
    return list(
        account.pages(
            "ecs",
            "list_tasks",
            "taskArns",
            cluster=cluster_of(service),
            serviceName=service.rpartition("/")[2],
            desiredStatus="RUNNING",
        )
    )


def have_public_addresses(account: Account, service: str) -> bool | None:
    """Whether all tasks of an ECS service have public addresses; None without tasks."""
    tasks = task_arns(account, service)
    if not tasks:
        return None
    described = account.client("ecs").describe_tasks(cluster=cluster_of(service), tasks=tasks)["tasks"]
    interfaces = [
        detail["value"]
        for task in described
        for attachment in task.get("attachments", ())
        for detail in attachment.get("details", ())
        if detail.get("name") == "networkInterfaceId"
    ]
    if not interfaces:
        return None
    filters = [{"Name": "network-interface-id", "Values": interfaces}]
    return judge_addresses(
        list(account.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=filters))
    )


def judge_addresses(interfaces: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether all network interfaces have public addresses; None without one."""
    return all(one.get("Association", {}).get("PublicIp") for one in interfaces) if interfaces else None


def rebalances_zones(account: Account, service: str) -> bool | None:
    """Whether ECS rebalances a service over Availability Zones; None if it does not tell."""
    response = account.client("ecs").describe_services(cluster=cluster_of(service), services=[service])
    return judge_rebalancing(response["services"])


def judge_rebalancing(services: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether all services are rebalanced; None if the response does not say so."""
    found = [one.get("availabilityZoneRebalancing") for one in services]
    return None if not found or None in found else set(found) == {"ENABLED"}


def registered_targets(context: DrillContext, account: Account) -> list[Mapping[str, Any]]:
    """Return what the load balancer knows of each registered replica."""
    return [
        one
        for group in resources(context, account, "AWS::ElasticLoadBalancingV2::TargetGroup")
        for one in account.client("elbv2").describe_target_health(TargetGroupArn=group.id)["TargetHealthDescriptions"]
    ]


def judge_registered(targets: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a replica is registered and healthy."""
    return any(one["TargetHealth"]["State"] == "healthy" for one in targets)


def judge_first_boot(events: Iterable[Mapping[str, Any]]) -> float | None:
    """Return the seconds from the creation of the Auto Scaling group to its success signal; None if it was not seen.

    Args:
        events: events of the stack. CloudFormation completes the group when the last instance has signalled.
    """
    times: dict[str, datetime] = {}
    for event in events:
        if event["ResourceType"] == _GROUP and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"):
            # The events are the newest first: the first start remains.
            times[event["ResourceStatus"]] = event["Timestamp"]
    if len(times) < 2:
        return None
    return (times["CREATE_COMPLETE"] - times["CREATE_IN_PROGRESS"]).total_seconds()


def judge_age(events: Iterable[Mapping[str, Any]], now: datetime) -> float | None:
    """Return the seconds since the stack was created; None if it was updated since, or never."""
    for event in events:
        if event["ResourceType"] == _STACK:
            is_created = event["ResourceStatus"] == "CREATE_COMPLETE"
            return (now - event["Timestamp"]).total_seconds() if is_created else None
    return None


def events(context: DrillContext, account: Account) -> list[Any]:
    """Return the events of the target's stack, newest first."""
    stack_id = context.stacks.get(context.stack)
    if not stack_id:
        return []
    return list(account.pages("cloudformation", "describe_stack_events", "StackEvents", StackName=stack_id))


def hop_limits(context: DrillContext, account: Account) -> list[int]:
    """Return the hop limit of each instance of the target's Beanstalk environment."""
    names = [one.id for one in resources(context, account, "AWS::ElasticBeanstalk::Environment")]
    if not names:
        return []
    filters = [
        {"Name": "tag:elasticbeanstalk:environment-name", "Values": names},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    return [
        one.get("MetadataOptions", {}).get("HttpPutResponseHopLimit", 0)
        for found in account.pages("ec2", "describe_instances", "Reservations", Filters=filters)
        for one in found["Instances"]
    ]
