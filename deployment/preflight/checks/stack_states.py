"""Check of the states of the stacks: not every state can be updated."""

from __future__ import annotations

from collections.abc import Iterator

from deployment.preflight.account import Account
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan

NAME = "stack states"
_SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"
# The CDK CLI deletes such a stack and creates it anew.
_CREATED_ANEW = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
_WAIT = {"CREATE": "stack-create-complete", "UPDATE": "stack-update-complete", "DELETE": "stack-delete-complete"}


def judge(name: str, status: str) -> Finding | None:
    """Return what stops an update of a stack in this state; None if nothing does."""
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        waiter = "stack-rollback-complete" if "ROLLBACK" in status else _WAIT.get(status.split("_")[0], "stack-exists")
        fix = f"aws cloudformation wait {waiter} --stack-name {name}"
        return failed(NAME, f"{name} is {status}: another operation changes it", fix)
    if status == "UPDATE_ROLLBACK_FAILED":
        fix = f"aws cloudformation continue-update-rollback --stack-name {name}"
        return failed(NAME, f"{name} is {status}: it can be neither updated nor rolled back", fix, source=_SOURCE)
    if status == "DELETE_FAILED":
        fix = f"aws cloudformation delete-stack --stack-name {name}"
        return failed(NAME, f"{name} is {status}: it can only be deleted", fix, source=_SOURCE)
    if status in ("CREATE_FAILED", "UPDATE_FAILED"):
        fix = f"aws cloudformation rollback-stack --stack-name {name}"
        return failed(NAME, f"{name} is {status}: it was deployed without rollback", fix, source=_SOURCE)
    return None


def summary(states: dict[str, str]) -> str:
    """Return one sentence about states that can be deployed to; a stack that does not exist is absent."""
    anew = [name for name, status in states.items() if status in _CREATED_ANEW]
    text = f"{len(states)} deployed"
    return f"{text}; the CDK CLI creates anew what failed to be created: {', '.join(anew)}" if anew else text


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    deployed = [stack for name in plan.names if (stack := account.stack(name))]
    found = [finding for stack in deployed if (finding := judge(stack.name, stack.status))]
    yield from found or [passed(NAME, summary({stack.name: stack.status for stack in deployed}))]


CHECK = Check(
    name=NAME,
    permissions=("cloudformation:DescribeStacks", "cloudformation:ListStackResources"),
    is_needed=lambda _plan: True,
    run=_run,
)
