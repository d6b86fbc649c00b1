"""A model of Step Functions and ECS around the real code of the steps, which runs one call at a time."""

# ruff: noqa: N803 - botocore's parameters

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from orders.fulfil_task import fulfil_and_report
from orders.order_service import OrderService
from orders.workflow import run_step

States = dict[str, dict[str, Any]]
QUIET = ("REJECTED", "CANCELLED", "FULFILLED", "OWNED")


class Crash(Exception):  # noqa: N818
    """The caller of AWS does not get a response, whether the call had an effect or not."""


class FaultyClient:
    """The client of the table, whose n-th write from now has no effect, or has one and reports none.

    Attributes:
        writes_until_crash: the write that crashes; None for none.
        with_effect: whether that write has an effect.
        meanwhile: something that happens between a read and the next write; None for nothing.
        acting: name of the execution that makes the calls.
        hand_overs: the orders that were handed over.
        foreign: changes of orders that the acting execution did not own.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.writes_until_crash: int | None = None
        self.with_effect = False
        self.meanwhile: Callable[[], None] | None = None
        self.acting = ""
        self.hand_overs: list[str] = []
        self.foreign: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        def put() -> Any:
            response = self._client.put_item(**request)
            self.hand_overs.append(request["Item"]["order_id"]["S"])
            return response

        return self._write(put)

    def transact_write_items(self, **request: Any) -> Any:
        def transact() -> Any:
            response = self._client.transact_write_items(**request)
            self._note_foreign_change(request["TransactItems"][0].get("Update"))
            return response

        return self._write(transact)

    def _note_foreign_change(self, update: dict[str, Any] | None) -> None:
        """Only its owner starts the fulfilment of an order, or fails it after its check."""
        if update is None:
            return
        values = update["ExpressionAttributeValues"]
        change = (values[":from"]["S"], values[":to"]["S"])
        if change in (("CHECKED", "FULFILLING"), ("CHECKED", "FAILED")):
            item = self._client.get_item(TableName="orders", Key=update["Key"])["Item"]
            if item["execution"]["S"] != self.acting:
                self.foreign.append(f"{self.acting}: {' -> '.join(change)} of {item['execution']['S']}")

    def update_item(self, **request: Any) -> Any:
        return self._write(lambda: self._client.update_item(**request))

    def behave(
        self, crash_at: int | None = None, with_effect: bool = False, meanwhile: Callable[[], None] | None = None
    ) -> None:
        """Set the faults of the next step; without arguments, there are none."""
        self.writes_until_crash, self.with_effect, self.meanwhile = crash_at, with_effect, meanwhile

    def _write(self, write: Callable[[], Any]) -> Any:
        if self.meanwhile:
            meanwhile, crash_at, with_effect = self.meanwhile, self.writes_until_crash, self.with_effect
            acting = self.acting
            self.behave()
            meanwhile()
            self.behave(crash_at, with_effect)
            self.acting = acting
        if self.writes_until_crash is None:
            return write()
        self.writes_until_crash -= 1
        if self.writes_until_crash > 0:
            return write()
        self.writes_until_crash = None
        if self.with_effect:
            write()
        raise Crash


@dataclass(eq=False)
class Task:
    """A Fargate task: it can run at any time, also after its execution has stopped waiting for it."""

    execution: "Execution"
    token: str


@dataclass(eq=False)
class Execution:
    """An execution of the state machine: the name of its current state, and its variables."""

    name: str
    order_id: str
    takes_over: str = ""
    state: str = "Check order"
    status: str = "RUNNING"
    shipment: str = ""
    token: str = ""
    timeouts: int = 0
    is_failed: bool = False

    @property
    def is_running(self) -> bool:
        return self.status == "RUNNING"

    def end(self, status: str) -> None:
        self.status = status


@dataclass(eq=False)
class Workflow:
    """Executions and tasks, with the writes of the state machine as in the template."""

    service: OrderService
    client: FaultyClient
    states: States
    executions: list[Execution] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)

    def start(self, order_id: str, name: str = "", takes_over: str = "") -> None:
        self.executions.append(Execution(name or f"pipe-{len(self.executions)}", order_id, takes_over))

    def find(self, name: str) -> Execution | None:
        return next((execution for execution in self.executions if execution.name == name), None)

    def advance(self, execution: Execution, *, gives_up: bool) -> None:
        """Run the current state once; after an error, the state is retried, or the error is caught."""
        self.client.acting = execution.name
        try:
            getattr(self, "_" + execution.state.lower().replace(" ", "_"))(execution)
        except (Crash, self.client.exceptions.ConditionalCheckFailedException) as error:
            is_condition = not isinstance(error, Crash)
            if execution.state == "Record shipment" and is_condition:  # is not retried
                execution.state = "Compensate order"
            elif gives_up and execution.state == "Release slot":
                execution.state = "Shipped?"
            elif gives_up and execution.state == "Compensate order":
                execution.end("FAILED")
            elif gives_up:
                self._left_open(execution)
        if execution.state == "Shipped?" and execution.shipment:
            execution.state = "Record shipment"
        elif execution.state == "Shipped?" and execution.is_failed:
            execution.state = "Compensate order"
        elif execution.state == "Shipped?":
            self._left_open(execution)

    def time_out(self, execution: Execution) -> None:
        """Stop waiting for the task; the first time, another one is started."""
        execution.timeouts += 1
        execution.token = ""
        if execution.timeouts > 1:
            execution.state = "Release slot"

    def run_task(self, task: Task, *, report_is_lost: bool) -> None:
        """Run the command of the task to its end."""
        self.client.acting = task.execution.name

        try:
            reports = Reports(self, task, report_is_lost)
            fulfil_and_report(self.service, reports, task.execution.order_id, task.token, task.execution.name)
        except Exception:  # it is reported; the task ends
            return

    def waits(self, task: Task, token: str) -> bool:
        return task.execution.is_running and task.execution.state == "Fulfil order" and task.execution.token == token

    def _check_order(self, execution: Execution) -> None:
        event = {"action": "check", "order_id": execution.order_id, "execution": execution.name}
        decision = run_step(self.service, event | {"takes_over": execution.takes_over})["decision"]
        if decision in QUIET:
            execution.end("SUCCEEDED")
        else:
            assert decision == "ACCEPTED"
            execution.state = "Acquire slot"

    def _acquire_slot(self, execution: Execution) -> None:
        self._write("Acquire slot", execution)
        execution.state = "Fulfil order"

    def _fulfil_order(self, execution: Execution) -> None:
        if not execution.token:
            execution.token = f"{execution.name}-{len(self.tasks)}"
            self.tasks.append(Task(execution, execution.token))

    def _release_slot(self, execution: Execution) -> None:
        self._write("Release slot", execution)
        execution.state = "Shipped?"

    def _record_shipment(self, execution: Execution) -> None:
        self._write("Record shipment", execution)
        execution.end("SUCCEEDED")

    def _compensate_order(self, execution: Execution) -> None:
        event = {"action": "compensate", "order_id": execution.order_id, "execution": execution.name}
        status = run_step(self.service, event)["status"]
        assert status in (*QUIET, "FULFILLING", "FAILED")
        execution.end("SUCCEEDED" if status in QUIET else "FAILED")

    def _left_open(self, execution: Execution) -> None:
        """A redriven execution would start with its Fail state, and fail again."""
        execution.state = "Left open"
        execution.end("FAILED")

    def _write(self, state: str, execution: Execution) -> None:
        arguments = dict(self.states[state]["Arguments"])
        is_slot = state != "Record shipment"
        known = {
            "{% $states.context.Execution.Name %}": execution.name,
            "{% $order_id %}": execution.order_id,
            "{% $shipment %}": execution.shipment,
        }
        self.client.update_item(**_replace(arguments, known) | {"TableName": "slots" if is_slot else "orders"})


def _replace(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replace(entry, known) for name, entry in value.items()}
    if isinstance(value, list):
        return [_replace(entry, known) for entry in value]
    assert "{%" not in value or value in known
    return known.get(value, value)


class Reports:
    """The calls that a task makes: a report reaches the execution if that still waits for it."""

    def __init__(self, workflow: Workflow, task: Task, is_lost: bool) -> None:
        self._workflow, self._task, self._is_lost = workflow, task, is_lost

    def send_task_success(self, taskToken: str, output: str) -> None:
        if not self._is_lost and self._workflow.waits(self._task, taskToken):
            self._task.execution.shipment = json.loads(output)["shipment"]
            self._task.execution.state = "Release slot"
            self._task.execution.token = ""

    def send_task_failure(self, taskToken: str, error: str, cause: str) -> None:  # noqa: ARG002
        if not self._is_lost and self._workflow.waits(self._task, taskToken):
            self._task.execution.token = ""
            if error == "FulfilmentFailed":
                self._task.execution.state, self._task.execution.is_failed = "Release slot", True


class StepFunctions:
    """The calls that the reconciler makes, with the executions of the model."""

    exceptions = botocore.session.get_session().create_client("stepfunctions", "us-east-1").exceptions

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow

    def get_paginator(self, operation: str) -> "StepFunctions":
        assert operation == "list_executions"
        return self

    def paginate(self, **request: Any) -> list[dict[str, list[dict[str, str]]]]:
        assert request["statusFilter"] == "RUNNING"
        return [{"executions": [{"name": one.name} for one in self._workflow.executions if one.is_running]}]

    def describe_execution(self, executionArn: str) -> dict[str, str]:
        found = self._workflow.find(executionArn.rpartition(":")[2])
        if found is None:
            raise self.exceptions.ExecutionDoesNotExist({}, "DescribeExecution")
        return {"status": found.status}

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> None:  # noqa: A002, ARG002
        if self._workflow.find(name):
            raise self.exceptions.ExecutionAlreadyExists({}, "StartExecution")
        [entry] = json.loads(input)
        self._workflow.start(entry["order_id"], name, entry.get("takes_over", ""))
