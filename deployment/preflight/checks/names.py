"""Check of fixed physical names: a name that another stack or a former deployment uses cannot be created."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from deployment.preflight.account import Account, error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan, evaluate
from deployment.template import Resource

NAME = "names"


@dataclass(frozen=True)
class NamedType:
    """A resource type whose names are unique in an account and Region.

    Attributes:
        type: the CloudFormation type.
        property: the property with the name.
        exists: whether a resource of that name exists.
        permission: IAM action of the call.
        noun: what the resource is called in a sentence.
        delete: command that deletes the resource; `{name}` is its name.
    """

    type: str
    property: str
    exists: Callable[[Account, str], bool]
    permission: str
    noun: str
    delete: str


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
        "ECR repository",
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
_BY_TYPE = {named.type: named for named in NAMED_TYPES}


def collision(named: NamedType, name: str, stack: str) -> Finding:
    """Return the finding for a name that is in use."""
    return failed(
        NAME,
        f"{stack} creates the {named.noun} {name}, which exists and does not belong to it",
        f"aws cloudformation describe-stack-resources --physical-resource-id {name} (prints its stack, if it has one)",
        f"if nothing uses it: {named.delete.format(name=name)}",
    )


def fixed_names(plan: Plan, account: Account) -> list[tuple[NamedType, str, str]]:
    """Return type, name and stack of the new resources whose name is known before the deployment."""
    found = []
    for resource in account.new_resources(plan, *_BY_TYPE):
        name = _fixed_name(plan, account, resource)
        if name is not None:
            found.append((_BY_TYPE[resource.type], name, resource.stack))
    return found


def _fixed_name(plan: Plan, account: Account, resource: Resource) -> str | None:
    value = resource.properties.get(_BY_TYPE[resource.type].property)
    return None if value is None else evaluate(value, account.known_values(plan, resource.stack))


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    names = fixed_names(plan, account)
    collisions = [collision(named, name, stack) for named, name, stack in names if named.exists(account, name)]
    yield from collisions or [passed(NAME, f"{len(names)} new and fixed, none in use")]


CHECK = Check(
    name=NAME,
    permissions=tuple(named.permission for named in NAMED_TYPES),
    is_needed=lambda plan: any(
        named.property in found.properties for named in NAMED_TYPES for found in plan.resources(named.type)
    ),
    run=_run,
)
