"""The steps of the workflow. Each has one effect, however often it is delivered."""

from typing import Any

from orders.book import OrderBook
from orders.identifiers import shipment_of
from orders.model import Order
from orders.status import Status

_DECISIONS = {Status.CANCELLED: "CANCELLED", Status.REJECTED: "REJECTED", Status.FAILED: "REJECTED"}


class FulfilmentFailed(Exception):
    """An order cannot be fulfilled (any more)."""


def run_step(book: OrderBook, event: dict[str, Any]) -> dict[str, str | None]:
    """Run `check` or `compensate` on an order.

    Raises:
        ValueError: the event asks for something else.
    """
    match event:
        case {"action": "check", "order_id": str(order_id)}:
            return decision_on(book.check(order_id))
        case {"action": "compensate", "order_id": str(order_id)}:
            order = book.fail(order_id, str(event.get("reason") or "the workflow failed"))
            return {"order_id": order.id, "status": order.status}
    raise ValueError("the event must have an action (check or compensate) and an order_id")


def decision_on(order: Order) -> dict[str, str | None]:
    """What a check came to: ACCEPTED, REJECTED (with a reason) or CANCELLED."""
    decision = _DECISIONS.get(order.status, "ACCEPTED")
    return {"order_id": order.id, "decision": decision, "reason": order.reason or None}


def fulfil(book: OrderBook, order_id: str) -> dict[str, str]:
    """Fulfil a checked order; delivered again, it hands back the same shipment.

    Raises:
        UnknownOrder: there is none with this id.
        FulfilmentFailed: it was cancelled, rejected or given up.
    """
    order = book.start_fulfilling(order_id)
    if order.status not in (Status.FULFILLING, Status.FULFILLED):
        raise FulfilmentFailed(f"order {order.id} is {order.status}" + (f": {order.reason}" if order.reason else ""))
    return {"order_id": order.id, "shipment": shipment_of(order.id)}
