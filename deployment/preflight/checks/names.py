"""Check of fixed physical names: a name that another stack or a former deployment uses cannot be created."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import ClientError

from deployment.preflight.account import Account, error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan, evaluate


@dataclass(frozen=True)
class NamedType:
    """A resource type whose names are unique in an account and Region.

    Attributes:
        type: the CloudFormation type.
        name_property: the property with the name.
        exists: whether a resource of that name exists.
        permission: IAM action of the call.
        noun: short name of the type.
        delete: command that deletes the resource; `{name}` is its name.
    """

    type: str
    name_property: str
    exists: Callable[[Account, str], bool]
    permission: str
    noun: str
    delete: str

    @property
    def check(self) -> str:
        """Name of the check."""
        return f"name of {self.noun}"


def _found(
    service: str, operation: str, arguments: Callable[[str], dict[str, object]], *codes: str
) -> Callable[[Account, str], bool]:
    """Return a function that calls an operation for a name; one of the error codes says that it does not exist."""

    def exists(account: Account, name: str) -> bool:
        try:
            getattr(account.client(service), operation)(**arguments(name))
        except ClientError as error:
            if error_code(error) in codes:
                return False
            raise
        return True

    return exists


def _log_group_exists(account: Account, name: str) -> bool:
    groups = account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    return any(group["logGroupName"] == name for group in groups)


NAMED_TYPES = (
    NamedType(
        "AWS::ECR::Repository",
        "RepositoryName",
        _found(
            "ecr",
            "describe_repositories",
            lambda name: {"repositoryNames": [name]},
            "RepositoryNotFoundException",
        ),
        "ecr:DescribeRepositories",
        "repository",
        "aws ecr delete-repository --repository-name {name}",
    ),
    NamedType(
        "AWS::EKS::Cluster",
        "Name",
        _found("eks", "describe_cluster", lambda name: {"name": name}, "ResourceNotFoundException"),
        "eks:DescribeCluster",
        "EKS cluster",
        "aws eks delete-cluster --name {name}",
    ),
    NamedType(
        "AWS::Logs::LogGroup",
        "LogGroupName",
        _log_group_exists,
        "logs:DescribeLogGroups",
        "log group",
        "aws logs delete-log-group --log-group-name {name}",
    ),
    NamedType(
        "AWS::XRay::Group",
        "GroupName",
        _found("xray", "get_group", lambda name: {"GroupName": name}, "InvalidRequestException"),
        "xray:GetGroup",
        "X-Ray group",
        "aws xray delete-group --group-name {name}",
    ),
    NamedType(
        "AWS::IAM::Role",
        "RoleName",
        _found("iam", "get_role", lambda name: {"RoleName": name}, "NoSuchEntity", "NoSuchEntityException"),
        "iam:GetRole",
        "IAM role",
        "aws iam delete-role --role-name {name}",
    ),
)


def collision(named: NamedType, name: str, stack: str) -> Finding:
    """Return the finding for a name that is in use."""
    return failed(
        named.check,
        f"{stack} creates {name}, which exists and does not belong to it",
        f"aws cloudformation describe-stack-resources --physical-resource-id {name}",
        "that prints the stack it belongs to, if any; if nothing uses it:",
        named.delete.format(name=name),
    )


def fixed_names(plan: Plan, account: Account, named: NamedType) -> list[tuple[str, str]]:
    """Return name and stack of the new resources of a type whose name is known before the deployment."""
    found = []
    for resource in account.new_resources(plan, named.type):
        value = resource.properties.get(named.name_property)
        name = evaluate(value, account.known_values(plan, resource.stack)) if value is not None else None
        if name is not None:
            found.append((name, resource.stack))
    return found


def _run(plan: Plan, account: Account, named: NamedType) -> Iterator[Finding]:
    names = fixed_names(plan, account, named)
    collisions = [collision(named, name, stack) for name, stack in names if named.exists(account, name)]
    free = ", ".join(name for name, _ in names[:2]) + ("" if len(names) <= 2 else f" and {len(names) - 2} more")
    yield from collisions or [passed(named.check, f"not in use: {free}" if names else "no new names")]


CHECKS = tuple(
    Check(
        name=named.check,
        permissions=(named.permission,),
        is_needed=lambda plan, named=named: any(  # type: ignore[misc]
            named.name_property in found.properties for found in plan.resources(named.type)
        ),
        run=partial(_run, named=named),
    )
    for named in NAMED_TYPES
)
