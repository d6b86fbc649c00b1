"""The state of a stack after a deployment."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from deployment import stack_events
from deployment.preflight.account import Account
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan

PERMISSIONS = (
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
)
_COMPLETE = (*stack_events.COMPLETE, "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
_RUN_AGAIN = "fix the cause, then deploy again"


def judge(name: str, status: str | None, reason: str, *, is_current: bool) -> Finding:
    """Return whether a stack is what was deployed.

    Args:
        name: the stack's name.
        status: its status; None if it does not exist.
        reason: the first failure of its last operation; "" without one.
        is_current: whether it has the template of this deployment.
    """
    cause = f": {reason}" if reason else ""
    if status is None:
        return failed(name, "the stack was not created", _RUN_AGAIN)
    if status.endswith("_IN_PROGRESS") and status not in _COMPLETE:
        fix = f"aws cloudformation cancel-update-stack --stack-name {name}"
        steps = (fix,) if status == "UPDATE_IN_PROGRESS" else ("wait until the operation has ended",)
        return failed(name, f"{status}: CloudFormation is still changing the stack", *steps)
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return failed(name, f"the update was rolled back; the previous version runs{cause}", _RUN_AGAIN)
    if status == "UPDATE_ROLLBACK_FAILED":
        fix = f"aws cloudformation continue-update-rollback --stack-name {name}"
        return failed(name, f"{status}{cause}", fix)
    if status not in _COMPLETE:
        return failed(name, f"{status}{cause}", _RUN_AGAIN)
    if not is_current:
        return failed(name, f"{status}, but with its previous template: it was not deployed", _RUN_AGAIN)
    return passed(name, status)


def finding(plan: Plan, account: Account, name: str, *, compare_template: bool) -> Finding:
    """Read a stack and judge it.

    Args:
        plan: the deployment.
        account: the account.
        name: the stack's name.
        compare_template: whether its template is compared with the plan's.
    """
    stack = account.stack(name)
    if stack is None:
        return judge(name, None, "", is_current=False)
    is_complete = stack.status in _COMPLETE
    reason = "" if is_complete else _reason(account, name)
    is_current = not (is_complete and compare_template) or _template(account, name) == plan.templates[name].content
    return judge(name, stack.status, reason, is_current=is_current)


def _reason(account: Account, name: str) -> str:
    try:
        events = stack_events.last_operation(stack_events.read(account.client("cloudformation"), name))
    except ClientError:
        return ""
    failures = stack_events.failures(events)
    return next((f"{event['LogicalResourceId']}: {stack_events.reason(event)}" for event in failures), "")


def _template(account: Account, name: str) -> Any:
    body = account.client("cloudformation").get_template(StackName=name)["TemplateBody"]
    return json.loads(body) if isinstance(body, str) else body
