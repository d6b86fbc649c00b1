"""Executions of the workflow: their state, and starting and redriving them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deployment.preflight.account import error_code
from deployment.workflow.resources import Workflow

# The failure of the execution, and the state that it was in.
_LAST_EVENTS = 2
RUNNING, UNKNOWN = "RUNNING", "UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class ExecutionState:
    """The state of an execution.

    Attributes:
        status: its status, such as "FAILED"; "UNKNOWN" if Step Functions no longer knows it.
        is_redrivable: whether Step Functions can continue it from a step that failed, up to 14 days later.
    """

    status: str
    is_redrivable: bool = False


def state_of(workflow: Workflow, name: str) -> ExecutionState:
    """Return the state of an execution."""
    try:
        found = workflow.client("stepfunctions").describe_execution(executionArn=workflow.execution_arn(name))
    except ClientError as error:
        if error_code(error) == "ExecutionDoesNotExist":
            return ExecutionState(status=UNKNOWN)
        raise
    is_redrivable = found.get("redriveStatus") == "REDRIVABLE" and not _ended_in_fail_state(workflow, found)
    return ExecutionState(status=found["status"], is_redrivable=is_redrivable)


def _ended_in_fail_state(workflow: Workflow, execution: Mapping[str, Any]) -> bool:
    """Whether a redriven execution would fail again at once, because it starts with its Fail state.

    https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
    """
    if execution["status"] != "FAILED":
        return False
    events = workflow.client("stepfunctions").get_execution_history(
        executionArn=execution["executionArn"], reverseOrder=True, maxResults=_LAST_EVENTS, includeExecutionData=False
    )["events"]
    return any(event["type"] == "FailStateEntered" for event in events)


def running(workflow: Workflow) -> int:
    """Return how many executions run."""
    found = workflow.account.pages(
        "stepfunctions",
        "list_executions",
        "executions",
        stateMachineArn=workflow.state_machine,
        statusFilter=RUNNING,
    )
    return sum(1 for _ in found)


def start(workflow: Workflow, name: str, order_id: str, more: Mapping[str, str]) -> bool:
    """Start an execution for an order; return False if one with this name exists already.

    Args:
        workflow: the workflow.
        name: the execution's name, at most 80 characters.
        order_id: the order.
        more: further fields of the input: `trace`, and `takes_over` with the name of the execution that it replaces.
    """
    try:
        workflow.client("stepfunctions").start_execution(
            stateMachineArn=workflow.state_machine,
            name=name,
            input=json.dumps([{"order_id": order_id, "trace": "", **more}]),
        )
    except ClientError as error:
        if error_code(error) == "ExecutionAlreadyExists":
            return False
        raise
    return True


def redrive(workflow: Workflow, name: str) -> bool:
    """Continue an execution from the step that failed; return False if it runs again already."""
    try:
        workflow.client("stepfunctions").redrive_execution(executionArn=workflow.execution_arn(name))
    except ClientError as error:
        if error_code(error) == "ExecutionNotRedrivable":
            return False
        raise
    return True
