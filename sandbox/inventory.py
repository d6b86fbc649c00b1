"""The inventory of a run: every resource that it has created, listed before the first one is deleted.

Tags alone miss some: the instances of Managed Instances, network interfaces, log groups that AWS creates, and what ECS
manages for an Express service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from deployment.preflight.account import AWS_ERRORS, Account, as_reason
from sandbox.preflight.remaining_logs import PREFIXES
from sandbox.resource_kinds import kind_of_arn

PERMISSIONS = (
    "cloudformation:ListStackResources",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ecs:DescribeExpressGatewayService",
    "ecs:DescribeServiceRevisions",
)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource.

    Attributes:
        type: the CloudFormation type.
        id: the physical ID.
        stack: ID of the stack that created it; "" for a resource that AWS created for one of a stack.
        logical_id: its logical ID in that stack. Default: "".
    """

    type: str
    id: str
    stack: str = ""
    logical_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The resources and log groups that a run has created.

    Attributes:
        stacks: name -> ID of each stack.
        resources: the resources.
        log_groups: start of the names of log groups that AWS may create, also after the run.
        unknown: what could not be listed, with the reason. Default: nothing.
    """

    stacks: Mapping[str, str]
    resources: Sequence[Resource]
    log_groups: Sequence[str]
    unknown: Sequence[str] = ()

    def of_type(self, type_: str) -> list[Resource]:
        """Return the resources of a type."""
        return [found for found in self.resources if found.type == type_]

    def as_data(self) -> dict[str, Any]:
        """Return the inventory as data for JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Inventory:
        """Return the inventory from data of `as_data`."""
        return cls(
            stacks=dict(data["stacks"]),
            resources=tuple(Resource(**found) for found in data["resources"]),
            log_groups=tuple(data["log_groups"]),
            unknown=tuple(data["unknown"]),
        )


def take(account: Account, stacks: Mapping[str, str]) -> Inventory:
    """List what the stacks contain, and what AWS has created for it; a part that AWS does not tell is named as unknown.

    Args:
        account: the account.
        stacks: name -> ID of each stack.
    """
    unknown: list[str] = []
    resources: dict[tuple[str, str], Resource] = {}

    def add(what: str, found: Iterator[Resource]) -> None:
        try:
            for one in found:
                resources.setdefault((one.type, one.id), one)
        except AWS_ERRORS as error:
            unknown.append(f"{what}: {as_reason(error)}")

    for name, stack_id in stacks.items():
        add(name, _of_stack(account, stack_id))
    for vpc in [one.id for one in resources.values() if one.type == "AWS::EC2::VPC"]:
        add("network interfaces", network_interfaces(account, vpc))
        add("instances", instances(account, vpc))
    for service in [one.id for one in resources.values() if one.type == "AWS::ECS::ExpressGatewayService"]:
        add("resources that ECS manages", _managed_by_ecs(account, service))
    groups = {
        prefix.format(stack=name)
        for name, stack_id in stacks.items()
        for type_, prefix in PREFIXES.items()
        if any(one.type == type_ and one.stack == stack_id for one in resources.values())
    }
    return Inventory(
        stacks=dict(stacks),
        resources=tuple(resources.values()),
        log_groups=tuple(sorted(groups)),
        unknown=tuple(unknown),
    )


def _of_stack(account: Account, stack_id: str) -> Iterator[Resource]:
    for one in account.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_id):
        if one.get("PhysicalResourceId") and one["ResourceStatus"] != "DELETE_COMPLETE":
            yield Resource(
                type=one["ResourceType"],
                id=one["PhysicalResourceId"],
                stack=stack_id,
                logical_id=one["LogicalResourceId"],
            )


def network_interfaces(account: Account, vpc: str) -> Iterator[Resource]:
    """Yield the network interfaces in a VPC; those of Lambda stay for up to 20 minutes after the function."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    for one in account.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=filters):
        yield Resource(type="AWS::EC2::NetworkInterface", id=one["NetworkInterfaceId"])


def instances(account: Account, vpc: str) -> Iterator[Resource]:
    """Yield the instances in a VPC, those of ECS Managed Instances and of EKS Auto Mode included."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    for found in account.pages("ec2", "describe_instances", "Reservations", Filters=filters):
        for one in found["Instances"]:
            if one["State"]["Name"] != "terminated":
                yield Resource(type="AWS::EC2::Instance", id=one["InstanceId"])


def _managed_by_ecs(account: Account, service: str) -> Iterator[Resource]:
    found = account.client("ecs").describe_express_gateway_service(serviceArn=service)["service"]
    revisions = [one["serviceRevisionArn"] for one in found.get("activeConfigurations", ())]
    if not revisions:
        return
    described = account.client("ecs").describe_service_revisions(serviceRevisionArns=revisions)
    for revision in described["serviceRevisions"]:
        yield from managed_resources(revision)


def managed_resources(revision: Mapping[str, Any]) -> Iterator[Resource]:
    """Yield the resources that ECS has created for a service revision: load balancer, certificate, alarms and more."""
    for arn in _arns(revision.get("ecsManagedResources", {})):
        if found := kind_of_arn(arn):
            kind, resource_id = found
            yield Resource(type=kind.type, id=resource_id)


def _arns(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "arn":
                yield str(inner)
            else:
                yield from _arns(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _arns(inner)
