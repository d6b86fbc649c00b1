"""Decisions of `replay` and `redrive`: which execution is started, redriven or left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from deployment.workflow.dead_letters import DeadLetter, PlacedOrder
from deployment.workflow.executions import RUNNING, ExecutionState
from deployment.workflow.orders import Order

OPEN = frozenset({"PLACED", "CHECKED", "FULFILLING"})
# Clocks of the service and of the stream.
_CLOCK_SKEW = timedelta(minutes=5)


class Action(StrEnum):
    """The effect of a repair on an order."""

    START = "start"
    REDRIVE = "redrive"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A decision on one order.

    Attributes:
        order_id: the order.
        action: the action.
        reason: the reason for it.
        execution: name of the execution that is started or redriven; "" if nothing is done.
        trace: the trace to continue; "" without one.
        takes_over: name of the execution that the started one replaces; "" without one.
    """

    order_id: str
    action: Action
    reason: str
    execution: str = ""
    trace: str = ""
    takes_over: str = ""

    @property
    def more_input(self) -> dict[str, str]:
        """Fields of the execution's input besides the order."""
        found = {"trace": self.trace, "takes_over": self.takes_over}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A decision on one dead letter, which is deleted after its repairs.

    Attributes:
        letter: the dead letter.
        repairs: decisions on its orders.
    """

    letter: DeadLetter
    repairs: tuple[Repair, ...]


def decide_replay(letter: DeadLetter, placed: Sequence[PlacedOrder], orders: Mapping[str, Order]) -> Replay:
    """Decide on a dead letter whose records could be read.

    Args:
        letter: the dead letter.
        placed: the orders of its records.
        orders: ID -> order as it is now.
    """
    repairs = (_decide_start(each, orders.get(each.id), letter) for each in placed)
    return Replay(letter=letter, repairs=tuple(repairs))


def decide_expired(letter: DeadLetter, open_orders: Sequence[Order]) -> Replay:
    """Decide on a dead letter whose records are gone: its order is one of those without an execution.

    Args:
        letter: the dead letter.
        open_orders: all orders that are not final.
    """
    latest = letter.arrived_at + _CLOCK_SKEW
    found = [order for order in open_orders if order.status == "PLACED" and not order.execution]
    older = [PlacedOrder(id=order.id, trace="") for order in found if order.placed_at <= latest]
    return decide_replay(letter, older, {order.id: order for order in open_orders})


def _decide_start(placed: PlacedOrder, order: Order | None, letter: DeadLetter) -> Repair:
    if order is None:
        return Repair(order_id=placed.id, action=Action.NOTHING, reason="not in the table")
    if order.status not in OPEN:
        return Repair(order_id=placed.id, action=Action.NOTHING, reason=f"is {order.status}")
    if order.execution:
        return Repair(order_id=placed.id, action=Action.NOTHING, reason="has an execution")
    # The same name at the next attempt: Step Functions starts it once.
    name = f"{placed.id}-replay-{letter.id}"[:80]
    return Repair(
        order_id=placed.id, action=Action.START, reason="has no execution", execution=name, trace=placed.trace
    )


def decide_redrive(order: Order, owner: ExecutionState, now: datetime) -> Repair:
    """Decide on an open order by the state of the execution that owns it.

    Args:
        order: an order that is not final, with an execution.
        owner: state of this execution.
        now: the current time. Two commands within a minute start one execution; a later one starts another, because the
            first may have ended before it took over the order.
    """
    if owner.status == RUNNING:
        return Repair(order_id=order.id, action=Action.NOTHING, reason="execution is RUNNING")
    reason = f"execution is {owner.status}"
    if owner.is_redrivable:
        return Repair(order_id=order.id, action=Action.REDRIVE, reason=reason, execution=order.execution)
    digest = hashlib.sha256(order.execution.encode()).hexdigest()[:12]
    return Repair(
        order_id=order.id,
        action=Action.START,
        reason=reason,
        execution=f"{order.id}-redrive-{digest}-{now:%Y%m%dT%H%M}",
        takes_over=order.execution,
    )
