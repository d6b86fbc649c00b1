"""The search for resources that remain after a run, and the command that removes each of them.

Three sources: the inventory from before, the tag of the run, and what is in the VPCs and under the log groups' names
now. The tagging API also returns what is deleted, so the service of each resource is asked. A missing permission means
"unknown", never "absent".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from deployment.preflight.account import AWS_ERRORS, Account
from deployment.results import Outcome
from sandbox.inventory import Inventory, Resource, instances, network_interfaces
from sandbox.preflight.stack_collisions import TAG
from sandbox.resource_kinds import BY_TYPE, KINDS, State, confirm, judge_error, kind_of_arn

PERMISSIONS = tuple(
    sorted(
        {
            *(kind.permission for kind in KINDS),
            "cloudformation:DescribeStacks",
            "cloudformation:ListStackResources",
            "dynamodb:ListBackups",
            "secretsmanager:ListSecrets",
            "tag:GetResources",
        }
    )
)
# App Runner creates two log groups for a service, and does not delete them:
# https://docs.aws.amazon.com/apprunner/latest/dg/manage-delete.html
_KEPT_LOGS = "/aws/apprunner/"
_KEPT_REASON = "App Runner leaves its log groups"
_BACKUP_REASON = "DynamoDB keeps the backup of a deleted table for 35 days, without a charge"
_DELETED = "DELETE_COMPLETE"
_MAX_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A resource that remains, or of which AWS does not say whether it does.

    Attributes:
        type: the CloudFormation type.
        id: the physical ID.
        state: "present", "unknown", or "expected" for what AWS itself keeps for a time.
        reason: why the state is unknown, or why it is expected. Default: "".
        command: the command that removes it; "" for what AWS removes.
        in_inventory: whether the inventory from before has it. Default: True.
    """

    type: str
    id: str
    state: State
    reason: str = ""
    command: str = ""
    in_inventory: bool = True


def search(account: Account, inventory: Inventory, run: str) -> list[Leftover]:
    """Search for what remains of a run.

    Args:
        account: the account.
        inventory: the inventory from before the deletion.
        run: ID of the run, the value of its tag.
    """
    found: dict[tuple[str, str], Leftover] = {}

    def add(leftovers: Iterable[Leftover]) -> None:
        for one in leftovers:
            found.setdefault((one.type, one.id), one)

    add(_of_inventory(account, inventory))
    known = {(one.type, one.id) for one in inventory.resources}
    for source in (
        _unknown_parts(inventory),
        _in_vpcs(account, inventory, known),
        _log_groups(account, inventory, known),
        _backups(account, inventory),
        _secrets(account, inventory),
        _tagged(account, run, known),
    ):
        add(source)
    return list(found.values())


def judge(leftovers: Sequence[Leftover]) -> tuple[Outcome, str]:
    """Return whether nothing remains, and what does; text without names of the account.

    Args:
        leftovers: the result of a search. What is expected to remain does not count.
    """
    present = [one for one in leftovers if one.state is State.PRESENT]
    unknown = [one for one in leftovers if one.state is State.UNKNOWN]
    if present:
        return Outcome.FAILED, f"{len(present)} remain: {_types(present)}"
    if unknown:
        return Outcome.NOT_RUN, f"unknown of {len(unknown)}: {_types(unknown)}; {unknown[0].reason}"
    return Outcome.PASSED, ""


def commands(leftovers: Iterable[Leftover]) -> list[str]:
    """Return the commands that remove what remains or may remain, without duplicates."""
    return list(dict.fromkeys(one.command for one in leftovers if one.command))


def _types(leftovers: Sequence[Leftover]) -> str:
    names = sorted({one.type.removeprefix("AWS::") for one in leftovers})
    return ", ".join(names[:_MAX_NAMED]) + (", …" if len(names) > _MAX_NAMED else "")


def _leftover(type_: str, id_: str, state: State, reason: str = "", *, in_inventory: bool = True) -> Leftover:
    kind = BY_TYPE.get(type_)
    command = kind.command(id_) if kind and state is not State.EXPECTED else ""
    return Leftover(type=type_, id=id_, state=state, reason=reason, command=command, in_inventory=in_inventory)


@dataclass(frozen=True, kw_only=True)
class StackDeletion:
    """The state of a stack and of its resources, as CloudFormation tells it.

    Attributes:
        is_complete: whether the stack is deleted.
        statuses: logical ID -> status of each resource that CloudFormation still lists.
    """

    is_complete: bool
    statuses: Mapping[str, str]


def _of_inventory(account: Account, inventory: Inventory) -> Iterator[Leftover]:
    deletions: dict[str, StackDeletion] = {}
    for stack_id in inventory.stacks.values():
        try:
            deletions[stack_id] = _deletion(account, stack_id)
        except AWS_ERRORS as error:
            yield _stack_unknown(stack_id, error)
    for one in inventory.resources:
        if kind := BY_TYPE.get(one.type):
            state, reason = confirm(kind, account, one.id)
        else:
            state, reason = judge_stack(one, deletions)
        if state is not State.ABSENT:
            yield _leftover(one.type, one.id, state, reason)


def judge_stack(resource: Resource, deletions: Mapping[str, StackDeletion]) -> tuple[State, str]:
    """Return what CloudFormation says about a resource whose own service is not asked.

    Args:
        resource: a resource of a stack.
        deletions: ID of a stack -> what CloudFormation says; a stack that it does not tell has no entry.
    """
    found = deletions.get(resource.stack)
    if found is None:
        return State.UNKNOWN, "CloudFormation does not tell the resources of its stack"
    # A resource with a removal policy is skipped, and its stack is deleted all the same.
    status = found.statuses.get(resource.logical_id, _DELETED if found.is_complete else "")
    return (State.ABSENT, "") if status == _DELETED else (State.PRESENT, "")


def _deletion(account: Account, stack_id: str) -> StackDeletion:
    # A deleted stack can be read by its ID only.
    [stack] = account.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"]
    resources = account.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_id)
    return StackDeletion(
        is_complete=stack["StackStatus"] == _DELETED,
        statuses={one["LogicalResourceId"]: one["ResourceStatus"] for one in resources},
    )


def _stack_unknown(stack_id: str, error: Exception) -> Leftover:
    _, reason = judge_error(error, "cloudformation:ListStackResources")
    return _leftover("AWS::CloudFormation::Stack", stack_id, State.UNKNOWN, reason or "the stack is not found")


def _unknown_parts(inventory: Inventory) -> Iterator[Leftover]:
    for reason in inventory.unknown:
        yield _leftover("the inventory", reason.partition(":")[0], State.UNKNOWN, reason)


def _in_vpcs(account: Account, inventory: Inventory, known: set[tuple[str, str]]) -> Iterator[Leftover]:
    for vpc in inventory.of_type("AWS::EC2::VPC"):
        for type_, permission, list_ in (
            ("AWS::EC2::NetworkInterface", "ec2:DescribeNetworkInterfaces", network_interfaces),
            ("AWS::EC2::Instance", "ec2:DescribeInstances", instances),
        ):
            try:
                # Those of the inventory were asked about one by one.
                for one in list_(account, vpc.id):
                    if (one.type, one.id) not in known:
                        yield _leftover(one.type, one.id, State.PRESENT, in_inventory=False)
            except AWS_ERRORS as error:
                yield from _unknown(type_, f"those in {vpc.id}", permission, error)


def _log_groups(account: Account, inventory: Inventory, known: set[tuple[str, str]]) -> Iterator[Leftover]:
    for prefix in inventory.log_groups:
        try:
            for one in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix):
                name = one["logGroupName"]
                if ("AWS::Logs::LogGroup", name) not in known:
                    yield log_group(name)
        except AWS_ERRORS as error:
            yield from _unknown("AWS::Logs::LogGroup", prefix, "logs:DescribeLogGroups", error)


def log_group(name: str) -> Leftover:
    """Return a log group that remains; those of App Runner are expected to."""
    if name.startswith(_KEPT_LOGS):
        found = _leftover("AWS::Logs::LogGroup", name, State.PRESENT, in_inventory=False)
        return Leftover(
            type=found.type,
            id=name,
            state=State.EXPECTED,
            reason=_KEPT_REASON,
            command=found.command,
            in_inventory=False,
        )
    return _leftover("AWS::Logs::LogGroup", name, State.PRESENT, in_inventory=False)


def _backups(account: Account, inventory: Inventory) -> Iterator[Leftover]:
    tables = {one.id for one in inventory.of_type("AWS::DynamoDB::Table")}
    if not tables:
        return
    try:
        for one in account.pages("dynamodb", "list_backups", "BackupSummaries", BackupType="SYSTEM"):
            if one["TableName"] in tables:
                yield _leftover("AWS::DynamoDB::Backup", one["BackupArn"], State.EXPECTED, _BACKUP_REASON)
    except AWS_ERRORS as error:
        yield from _unknown("AWS::DynamoDB::Backup", "the list of backups", "dynamodb:ListBackups", error)


def _secrets(account: Account, inventory: Inventory) -> Iterator[Leftover]:
    secrets = {one.id for one in inventory.of_type("AWS::SecretsManager::Secret")}
    if not secrets:
        return
    type_, kind = "AWS::SecretsManager::Secret", BY_TYPE["AWS::SecretsManager::Secret"]
    try:
        for one in account.pages("secretsmanager", "list_secrets", "SecretList", IncludePlannedDeletion=True):
            if one["ARN"] in secrets and (reason := kind.expected(one)):
                yield _leftover(type_, one["ARN"], State.EXPECTED, reason)
    except AWS_ERRORS as error:
        yield from _unknown(type_, "the list of secrets", "secretsmanager:ListSecrets", error)


def _tagged(account: Account, run: str, known: set[tuple[str, str]]) -> Iterator[Leftover]:
    filters = [{"Key": TAG, "Values": [run]}]
    try:
        arns = [
            one["ResourceARN"]
            for one in account.pages(
                "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", TagFilters=filters
            )
        ]
    except AWS_ERRORS as error:
        yield from _unknown("tagged resources", run, "tag:GetResources", error)
        return
    for arn in arns:
        found = kind_of_arn(arn)
        if found is None:
            yield from _tagged_unknown(arn, known)
            continue
        kind, resource_id = found
        if (kind.type, resource_id) in known:
            continue
        state, reason = confirm(kind, account, resource_id)
        if state is not State.ABSENT:
            yield _leftover(kind.type, resource_id, state, reason, in_inventory=False)


def _tagged_unknown(arn: str, known: set[tuple[str, str]]) -> Iterator[Leftover]:
    # The stack of such a resource says that it is deleted; only what no stack has is unknown.
    if any(arn == resource_id or arn.endswith((f"/{resource_id}", f":{resource_id}")) for _, resource_id in known):
        return
    reason = "the tagging API lists it, and also lists what is deleted"
    yield Leftover(type=":".join(arn.split(":")[2:3]), id=arn, state=State.UNKNOWN, reason=reason, in_inventory=False)


def _unknown(type_: str, id_: str, permission: str, error: Exception) -> Iterator[Leftover]:
    _, reason = judge_error(error, permission)
    yield Leftover(type=type_, id=id_, state=State.UNKNOWN, reason=reason, in_inventory=False)
