"""The resources of a deployed workflow, found by the outputs of its stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deployment.errors import ActionableError
from deployment.preflight.account import Account

_OUTPUTS = {
    "StateMachineArn": "state_machine",
    "DeadLetterQueueUrl": "queue_url",
    "PipeName": "pipe",
    "ReconcilerName": "reconciler",
    "OrdersTable": "table",
}
_MARKS = {"StateMachineArn", "DeadLetterQueueUrl"}


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A deployed workflow.

    Attributes:
        account: the account and Region.
        stack: name of its stack.
        state_machine: ARN of the state machine.
        queue_url: URL of the dead-letter queue.
        pipe: name of the pipe.
        reconciler: name of the reconciler's function.
        table: name of the orders table.
    """

    account: Account
    stack: str
    state_machine: str
    queue_url: str
    pipe: str
    reconciler: str
    table: str

    def client(self, service: str) -> Any:
        """Return a boto3 client."""
        return self.account.client(service)

    def execution_arn(self, name: str) -> str:
        """Return the ARN of one of its executions."""
        return f"{self.state_machine.replace(':stateMachine:', ':execution:')}:{name}"


def find(account: Account, stack: str | None = None) -> Workflow:
    """Return the workflow of the account.

    Args:
        account: the account and Region.
        stack: name of its stack. Default: the only stack with a workflow.

    Raises:
        ActionableError: there is none, there are several, or its version has no commands.
    """
    outputs = {
        each["StackName"]: {output["OutputKey"]: output["OutputValue"] for output in each.get("Outputs", ())}
        for each in account.pages("cloudformation", "describe_stacks", "Stacks")
    }
    found = {name: values for name, values in outputs.items() if values.keys() >= _MARKS and stack in (None, name)}
    if not found:
        deployed = ", ".join(sorted(outputs)) or "none"
        message = f"the stack {stack} has no workflow" if stack else "no stack has a workflow"
        raise ActionableError(
            message, f"stacks in {account.region}: {deployed}", "deploy OrdersWorkflow, or set another AWS_REGION"
        )
    if len(found) > 1:
        names = ", ".join(sorted(found))
        raise ActionableError("several stacks have a workflow", names, f"--stack {min(found)}")
    [(name, values)] = found.items()
    if missing := [output for output in _OUTPUTS if output not in values]:
        raise ActionableError(
            f"the stack {name} lacks outputs", ", ".join(missing), "deploy the current version of the stack"
        )
    return Workflow(account=account, stack=name, **{field: values[output] for output, field in _OUTPUTS.items()})
