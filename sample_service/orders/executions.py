"""Executions of the workflow's state machine."""

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


# The maximum: ListExecutions has a low quota of calls, and each waiting order has a running execution.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
_PAGE_SIZE = 1000


class Executions:
    """Starts and describes executions of one state machine.

    Args:
        state_machine_arn: ARN of the state machine.
        client: Client of Step Functions.
    """

    def __init__(self, state_machine_arn: str, client: "SFNClient") -> None:
        self._state_machine_arn = state_machine_arn
        self._client = client

    def running(self) -> set[str]:
        """Return the names of the executions that are running; eventually consistent."""
        pages = self._client.get_paginator("list_executions").paginate(
            stateMachineArn=self._state_machine_arn, statusFilter="RUNNING", PaginationConfig={"PageSize": _PAGE_SIZE}
        )
        return {execution["name"] for page in pages for execution in page["executions"]}

    def has_ended(self, name: str) -> bool:
        """Whether an execution has ended, or does not exist."""
        arn = self._state_machine_arn.replace(":stateMachine:", ":execution:") + f":{name}"
        try:
            return self._client.describe_execution(executionArn=arn)["status"] != "RUNNING"
        except self._client.exceptions.ExecutionDoesNotExist:  # AWS deletes executions 90 days after their end
            return True

    def start(self, name: str, order_id: str, takes_over: str = "") -> bool:
        """Start an execution for an order; no effect if there was one with this name. Returns whether it was started.

        Args:
            name: Name of the execution.
            order_id: The order.
            takes_over: Name of an execution that has ended and owns the order. Default: none.
        """
        entry = {"order_id": order_id, "trace": ""} | ({"takes_over": takes_over} if takes_over else {})
        try:
            self._client.start_execution(
                stateMachineArn=self._state_machine_arn, name=name, input=msgspec.json.encode([entry]).decode()
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def fail_task(self, token: str, cause: str) -> None:
        """Report that a task was interrupted; no effect if it has reported, or if its step has ended."""
        gone = (
            self._client.exceptions.InvalidToken,
            self._client.exceptions.TaskDoesNotExist,
            self._client.exceptions.TaskTimedOut,
        )
        try:
            self._client.send_task_failure(taskToken=token, error="FulfilmentInterrupted", cause=cause)
        except gone:
            return
