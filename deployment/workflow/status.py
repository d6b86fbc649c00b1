"""The state of the workflow: open orders by status and age, executions, the pipe and its dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deployment.workflow import dead_letters, executions
from deployment.workflow.orders import Order, open_orders
from deployment.workflow.resources import Workflow

NO_EXECUTION = "none"


@dataclass(frozen=True, kw_only=True)
class OldOrder:
    """An order that is open for longer than the limit.

    Attributes:
        order: the order.
        execution: status of the execution that owns it; "none" without one.
    """

    order: Order
    execution: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """The state of the workflow.

    Attributes:
        stack: name of the stack.
        pipe: state of the pipe, such as "RUNNING".
        pipe_reason: the reason for this state; "" without one.
        running: number of running executions.
        dead_letters: number of dead letters, about.
        orders: the open orders, the oldest first.
        old: the oldest of those that are open for longer than the limit.
        old_count: how many there are.
    """

    stack: str
    pipe: str
    pipe_reason: str
    running: int
    dead_letters: int
    orders: Sequence[Order]
    old: Sequence[OldOrder]
    old_count: int

    @property
    def by_status(self) -> dict[str, int]:
        """Status -> number of open orders, the most frequent first."""
        return dict(Counter(order.status for order in self.orders).most_common())


def read(workflow: Workflow, now: datetime, older_than: timedelta, limit: int) -> Status:
    """Read the state.

    Args:
        workflow: the workflow.
        now: the current time.
        older_than: age from which an order is listed.
        limit: maximum number of listed orders.
    """
    orders = open_orders(workflow)
    old = [order for order in orders if order.age(now) >= older_than]
    pipe = workflow.client("pipes").describe_pipe(Name=workflow.pipe)
    return Status(
        stack=workflow.stack,
        pipe=pipe["CurrentState"],
        pipe_reason=pipe.get("StateReason", ""),
        running=executions.running(workflow),
        dead_letters=dead_letters.count(workflow),
        orders=orders,
        old=[OldOrder(order=order, execution=_execution(workflow, order)) for order in old[:limit]],
        old_count=len(old),
    )


def _execution(workflow: Workflow, order: Order) -> str:
    return executions.state_of(workflow, order.execution).status if order.execution else NO_EXECUTION


def as_json(status: Status, now: datetime) -> dict[str, Any]:
    """Return the state as data."""
    return {
        "schema": 1,
        "stack": status.stack,
        "pipe": {"state": status.pipe, "reason": status.pipe_reason},
        "running_executions": status.running,
        "dead_letters": status.dead_letters,
        "open_orders": {"total": len(status.orders), **status.by_status},
        "old_orders": {
            "total": status.old_count,
            "listed": [
                {
                    "id": old.order.id,
                    "status": old.order.status,
                    "placed_at": old.order.placed_at.isoformat(),
                    "age_seconds": int(old.order.age(now).total_seconds()),
                    "execution": old.order.execution,
                    "execution_status": old.execution,
                }
                for old in status.old
            ],
        },
    }
