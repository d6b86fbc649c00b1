"""The target of a drill in the account: its resources, and waiting for them with a limit and a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from deployment.preflight.account import Account
from sandbox.drill import DrillContext
from sandbox.inventory import Resource

Found = TypeVar("Found")
MINUTE_S = 60.0
PERMISSIONS = ("cloudformation:DescribeStacks", "cloudformation:ListStackResources")


def account_of(context: DrillContext) -> Account:
    """Return the account that the run deploys to."""
    return Account(context.environment.client, context.environment.region)


def resources(context: DrillContext, account: Account, *types: str, stack: str = "") -> list[Resource]:
    """Return the deployed resources of these types, in the order of CloudFormation.

    Args:
        context: the drill's context.
        account: the account.
        types: CloudFormation types.
        stack: name of a stack of the run. Default: the target's own.
    """
    stack_id = context.stacks.get(stack or context.stack)
    if not stack_id:
        return []
    return [
        Resource(
            type=one["ResourceType"],
            id=one.get("PhysicalResourceId", ""),
            stack=stack_id,
            logical_id=one["LogicalResourceId"],
        )
        for one in account.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_id)
        if one["ResourceType"] in types and one["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def all_resources(context: DrillContext, account: Account, *types: str) -> list[Resource]:
    """Return the deployed resources of these types in all stacks of the run."""
    return [found for name in context.stacks for found in resources(context, account, *types, stack=name)]


def poll(
    context: DrillContext, find: Callable[[], Found | None], what: str, *, every_s: float, limit_s: float
) -> Found | None:
    """Call `find` until it returns something; None after the limit.

    Args:
        context: its clock, and where to report what the drill waits for.
        find: returns None as long as there is nothing.
        what: what the drill waits for, such as "the log of an order".
        every_s: seconds between calls.
        limit_s: seconds until it gives up.
    """
    started = context.now()
    while True:
        found = find()
        waited_s = context.now() - started
        if found is not None or waited_s >= limit_s:
            return found
        context.report(f"waits for {what}: {waited_s:.0f} of at most {limit_s:.0f} s")
        context.sleep(every_s)
