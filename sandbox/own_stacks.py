"""The stacks of a run in the account: which exist, which belong to the run, and which belong to others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from deployment.errors import ActionableError
from sandbox.preflight.stack_collisions import TAG
from sandbox.state import StateFile

PERMISSIONS = ("cloudformation:DescribeStacks",)


@dataclass(frozen=True, kw_only=True)
class FoundStack:
    """A stack as CloudFormation describes it.

    Attributes:
        name: the stack's name.
        id: its ID.
        status: its status, such as "UPDATE_COMPLETE".
        tags: tag -> value.
        is_nested: whether it is part of another stack. Default: False.
    """

    name: str
    id: str
    status: str
    tags: dict[str, str] = field(default_factory=dict)
    is_nested: bool = False

    @property
    def run(self) -> str:
        """ID of the run that its tag names; "" without the tag."""
        return self.tags.get(TAG, "")

    @property
    def is_in_progress(self) -> bool:
        """Whether CloudFormation is changing it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


def find(cloudformation: Any, name_or_id: str) -> FoundStack | None:
    """Return a stack by its name or ID; None if it does not exist. A deleted stack is found by its ID only.

    Raises:
        ClientError: AWS rejected the request; a missing permission does not mean that there is no stack.
    """
    try:
        found = cloudformation.describe_stacks(StackName=name_or_id)["Stacks"]
    except ClientError as error:
        # CloudFormation has no error code of its own for a stack that does not exist.
        if "does not exist" in str(error):
            return None
        raise
    return _found(found[0]) if found else None


def find_all(cloudformation: Any) -> list[FoundStack]:
    """Return every stack of the account and Region that carries the tag of a run, without nested ones."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    stacks = [_found(stack) for page in pages for stack in page["Stacks"]]
    return [stack for stack in stacks if stack.run and not stack.is_nested]


def record(cloudformation: Any, file: StateFile, names: Iterable[str] = ()) -> None:
    """Write the IDs of the run's stacks into the state file.

    A stack counts if the run may create one of its name and it carries the run's tag. Nothing else is read from the
    account into the file: what is not in it is never deleted.

    Args:
        cloudformation: A CloudFormation client.
        file: The state file.
        names: Names of stacks to look for. Default: all that the run may create.
    """
    for name in names or file.state.names:
        found = find(cloudformation, name)
        if found and name in file.state.names and found.run == file.state.run:
            file.add_stack(name, found.id)


def require_no_collision(cloudformation: Any, file: StateFile, names: Iterable[str]) -> None:
    """Check, immediately before a deployment, that each stack is the run's own or does not exist.

    Raises:
        ActionableError: a stack of another owner has the name of one of the run.
    """
    for name in names:
        found = find(cloudformation, name)
        if found and found.run != file.state.run:
            owner = f"its tag names the run {found.run}" if found.run else "it has no tag of a run"
            raise ActionableError(
                f"the stack {name} exists and does not belong to the run {file.state.run}",
                f"{owner}; it is not touched",
                "run in another account or Region, or delete the stack if it is yours: "
                f"aws cloudformation describe-stacks --stack-name {name}",
            )


def _found(stack: Any) -> FoundStack:
    return FoundStack(
        name=stack["StackName"],
        id=stack["StackId"],
        status=stack["StackStatus"],
        tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())},
        is_nested=bool(stack.get("ParentId")),
    )
