"""Workflow verification: create orders on every target, and follow each one to its final status.

The outcome is decided from the table, the exit codes of the tasks, and the execution histories.
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from deployment import execution, traces
from deployment.container_checks import wait_for_tasks
from deployment.containers import ContainerState
from deployment.deployed_app import DeployedApp
from deployment.diagnosis import with_log_tail
from deployment.environment import Environment, Timeouts
from deployment.errors import ActionableError
from deployment.orders_client import OrdersClient, new_trace_header, no_response, order_body, summary
from deployment.results import OrderResult, Outcome, Trace, WorkflowResult

ORDERS = 12
UNFULFILLABLE_QUANTITY = 5000  # the service has 1,000 of everything in stock
FINAL = frozenset({"FULFILLED", "REJECTED", "FAILED", "CANCELLED"})
_POLL_S = 0.3

Items = dict[str, dict[str, str]]


@dataclass(frozen=True)
class CreatedOrder:
    """One order that a target created, and the final status that it must reach."""

    id: str
    target: str
    trace_id: str
    expected: str


def verify_workflow(
    app: DeployedApp, clients: Mapping[str, OrdersClient], on_progress: Callable[[str], None]
) -> WorkflowResult:
    """Create orders on all targets, follow them to their final status, and decide the outcome.

    Args:
        app: The deployed app.
        clients: Clients of the targets that passed their checks.
        on_progress: Receives how many orders have which status, on every change.
    """
    if not clients:
        return WorkflowResult(outcome=Outcome.NOT_RUN, reason="no target passed its checks, so there are no orders")
    started = time.monotonic()
    orders = create_orders(clients, app.environment)
    items = follow(
        _table_reader(app, orders), len(orders), on_progress, app.environment.timeouts, activity=lambda: _activity(app)
    )
    seconds = time.monotonic() - started
    executions = _executions(app)
    first = next((arn for order, arn, _ in executions if order == orders[0].id), None)
    result = replace(
        _result(orders, items, executions),
        seconds=round(seconds, 2),
        trace=_trace(app, orders[0], first),
        tasks=[task for task in wait_for_tasks(app.environment) if task.role == "task"],
    )
    fault = find_fault(result)
    if not fault.reason:
        return result
    cause = with_log_tail(fault.cause, _log_lines(app, fault.tasks)) if fault.tasks else fault.cause
    fix = app.environment.command("logs", "workflow")
    return replace(result, outcome=Outcome.FAILED, reason=fault.reason, cause=cause, fix=fix)


def create_orders(
    clients: Mapping[str, OrdersClient], environment: Environment, orders: int = ORDERS
) -> list[CreatedOrder]:
    """Create orders on the targets in turn; the last one exceeds the stock.

    Raises:
        ActionableError: a target rejected an order.
    """
    turns = itertools.islice(itertools.cycle(clients.items()), orders)
    return [
        _create_order(target, client, environment, exceeds_stock=number == orders)
        for number, (target, client) in enumerate(turns, start=1)
    ]


def _create_order(target: str, client: OrdersClient, environment: Environment, *, exceeds_stock: bool) -> CreatedOrder:
    trace_id, header = new_trace_header()
    body = order_body(UNFULFILLABLE_QUANTITY) if exceeds_stock else order_body()
    message, fix = f"{target} created no order", environment.command("logs", target)
    try:
        response = client.post(body, x_amzn_trace_id=header)
    except httpx.TransportError as error:
        raise ActionableError(message, no_response(error), fix) from None
    if response.status_code != httpx.codes.CREATED:
        raise ActionableError(message, f"the response was {summary(response)}", fix)
    return CreatedOrder(response.json()["id"], target, trace_id, "REJECTED" if exceeds_stock else "FULFILLED")


def _table_reader(app: DeployedApp, orders: Sequence[CreatedOrder]) -> Callable[[], Items]:
    """Return a function that reads status and reason of the orders from the table."""
    dynamodb, table = app.environment.client("dynamodb"), app.output("TableName")
    keys = [{"id": {"S": order.id}} for order in orders]

    def read() -> Items:
        response: dict[str, Any] = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
        return {
            item["id"]["S"]: {name: item[name]["S"] for name in ("status", "reason") if name in item}
            for item in response["Responses"].get(table, [])
        }

    return read


def follow(
    read: Callable[[], Items],
    orders: int,
    on_progress: Callable[[str], None],
    timeouts: Timeouts,
    *,
    activity: Callable[[], object] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Items:
    """Read the orders until all are final, nothing moves any more, or the timeout; return the last read.

    Args:
        read: Reads the orders.
        orders: Number of the orders.
        on_progress: Receives how many orders have which status, on every change.
        timeouts: The timeouts.
        activity: What moves besides the orders; asked only while they stall, because it takes more calls. As long as
            each answer differs from the one before, something moves. Default: nothing.
        clock: Seconds.
        sleep: Waits for seconds.
    """
    started = changed = clock()
    seen: Items = {}
    before: object = None
    while True:
        items = read()
        now = clock()
        if items != seen:
            seen, changed = items, now
            on_progress(count_by_status(items))
        if len(items) == orders and all(item.get("status") in FINAL for item in items.values()):
            return items
        if now - started > timeouts.orders_s:
            return items
        if now - changed > timeouts.orders_stalled_s:
            moved = activity()
            if moved == before:
                return items
            before, changed = moved, now
        sleep(_POLL_S)


def count_by_status(items: Mapping[str, Mapping[str, str]]) -> str:
    """Return how many orders have which status: "11 FULFILLED, 1 REJECTED"."""
    counts = Counter(item.get("status", "unknown") for item in items.values())
    return ", ".join(f"{count} {status}" for status, count in counts.most_common())


def _activity(app: DeployedApp) -> object:
    """Return the last event of each running execution, and the state of the containers that run for them."""
    client = app.environment.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(
        stateMachineArn=app.output("StateMachineArn"), statusFilter="RUNNING"
    )
    running = [listed["executionArn"] for page in pages for listed in page["executions"]]
    last = {
        arn: [
            event["id"]
            for event in client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=1)["events"]
        ]
        for arn in running
    }
    containers = app.environment.containers.describe() if app.environment.containers else []
    return last, {(one.id, one.status) for one in containers if one.role == "task"}


def _executions(app: DeployedApp) -> list[tuple[str, str, str]]:
    """Return order ID, ARN and status of every execution."""
    client = app.environment.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=app.output("StateMachineArn"))
    arns = [listed["executionArn"] for page in pages for listed in page["executions"]]
    described = [client.describe_execution(executionArn=arn) for arn in arns]
    return [(execution.order_in(one.get("input", "")), one["executionArn"], one["status"]) for one in described]


def _result(orders: Sequence[CreatedOrder], items: Items, executions: Sequence[tuple[str, str, str]]) -> WorkflowResult:
    counts = Counter(order for order, _, _ in executions)
    statuses = {order: status for order, _, status in executions}
    results = [
        OrderResult(
            id=order.id,
            target=order.target,
            expected=order.expected,
            status=items.get(order.id, {}).get("status", ""),
            reason=items.get(order.id, {}).get("reason", ""),
            execution=statuses.get(order.id, ""),
            executions=counts[order.id],
        )
        for order in orders
    ]
    return WorkflowResult(
        outcome=Outcome.PASSED,
        orders=len(results),
        fulfilled=sum(order.status == "FULFILLED" for order in results),
        rejected=sum(order.status == "REJECTED" for order in results),
        rejected_reason=next((order.reason for order in results if order.status == "REJECTED"), ""),
        order_results=results,
    )


def _trace(app: DeployedApp, order: CreatedOrder, arn: str | None) -> Trace | None:
    """Build one order's trace; wait for missing spans only if its execution succeeded."""
    run = execution.read(app.environment.client("stepfunctions"), arn) if arn else None
    succeeded = run is not None and run.status == "SUCCEEDED"
    deadline = time.monotonic() + (app.environment.timeouts.traces_s if succeeded else 0)
    while (spans := app.environment.spans(traces.hex_id(order.trace_id))) is not None:
        trace = traces.build(order.trace_id, order.id, spans, run)
        if not trace.missing or time.monotonic() > deadline:
            return trace
        time.sleep(_POLL_S)
    return None


def _log_lines(app: DeployedApp, containers: Sequence[str]) -> Iterator[str]:
    """Yield the log lines of these containers."""
    if app.environment.containers:
        for line in app.environment.containers.logs(app.stack_with_output("StateMachineArn")):
            if line.partition(" | ")[0] in containers:
                yield line


@dataclass(frozen=True)
class Fault:
    """A fault of the workflow; all fields are empty if there is none.

    Attributes:
        reason: what failed.
        cause: its cause, as far as it is known.
        tasks: names of the task containers whose logs explain it.
    """

    reason: str = ""
    cause: str = ""
    tasks: tuple[str, ...] = ()


def find_fault(result: WorkflowResult) -> Fault:
    """Return the first fault, the most specific one first."""
    orders = result.order_results
    unexpected = [order for order in orders if order.status != order.expected]
    failed = [task for task in result.tasks if task.exit_code]
    names = tuple(task.name for task in failed)
    if unexpected:
        return Fault(_unexpected_reason(unexpected, len(orders)), _unexpected_cause(unexpected[0], failed), names)
    if failed:
        return Fault(f"{len(failed)} of {len(result.tasks)} tasks failed", _exit_codes(failed), names)
    running = [task.name for task in result.tasks if task.exit_code is None]
    if running:
        reason = f"{running[0]} still runs though its order is final"
        return Fault(reason, "the task does not exit after its work", tuple(running))
    for order in orders:
        if order.status == "REJECTED" and not order.reason:
            return Fault(f"{order.id} was rejected without a reason", "the item in the table has no reason")
    for order in orders:
        if order.executions != 1:
            reason = f"{order.id} has {order.executions} executions, expected 1"
            return Fault(reason, "the pipe's filter matches more than one event of the order")
    for order in orders:
        if order.execution != "SUCCEEDED":
            return Fault(f"the execution of {order.id} is {order.execution}, expected SUCCEEDED")
    if result.trace and result.trace.missing:
        missing = ", ".join(result.trace.missing)
        return Fault(f"the trace of {result.trace.order} lacks: {missing}", "no span with this trace ID arrived")
    return Fault()


def _unexpected_reason(unexpected: Sequence[OrderResult], orders: int) -> str:
    first = unexpected[0]
    now = f"is {first.status}" if first.status else "is not in the table"
    count = f"{len(unexpected)} of {orders} orders have the wrong status"
    return f"{count}: {first.id} {now}, expected {first.expected}"


def _unexpected_cause(first: OrderResult, failed: Sequence[ContainerState]) -> str:
    if failed:
        return _exit_codes(failed)
    if first.reason:
        return first.reason
    return f"its execution is {first.execution}" if first.execution else "it has no execution: the pipe started none"


def _exit_codes(failed: Sequence[ContainerState]) -> str:
    codes = ", ".join(sorted({str(task.exit_code) for task in failed}))
    return f"task container exited with {codes}"
