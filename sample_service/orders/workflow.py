"""The steps of the workflow. Each has one effect, however often it is delivered."""

import logging
from typing import Any

from orders.book import OrderBook
from orders.identifiers import shipment_of
from orders.model import Order
from orders.status import Status
from orders.tracing import entry_span

logger = logging.getLogger(__name__)

MAX_REASON_LENGTH = 200

_DECISIONS = {  # a check that comes late, or again, finds an order anywhere past PLACED
    Status.CHECKED: "ACCEPTED",
    Status.FULFILLING: "ACCEPTED",
    Status.FULFILLED: "FULFILLED",
    Status.REJECTED: "REJECTED",
    Status.FAILED: "REJECTED",
    Status.CANCELLED: "CANCELLED",
}


class FulfilmentFailed(Exception):
    """An order cannot be fulfilled (any more)."""


def run_step(book: OrderBook, event: dict[str, Any], trace: str | None = None) -> dict[str, str | None]:
    """Run `check` or `compensate` on an order, continuing a trace.

    Raises:
        UnknownOrder: there is no such order.
        ValueError: the event asks for something else.
    """
    with entry_span(f"{event.get('action')} order", trace, order_id=str(event.get("order_id"))):
        match event:
            case {"action": "check", "order_id": str(order_id)}:
                return check(book, order_id)
            case {"action": "compensate", "order_id": str(order_id)}:
                return compensate(book, order_id, str(event.get("reason") or "the workflow failed"))
        raise ValueError('the event must be {"action": "check" or "compensate", "order_id": "ord_..."}')


def check(book: OrderBook, order_id: str) -> dict[str, str | None]:
    """Check an order; the decision is ACCEPTED, REJECTED (with a reason), CANCELLED or, if that is done, FULFILLED."""
    order = book.check(order_id)
    decision = _DECISIONS[order.status]
    _log("checked", order, decision=decision)
    return {"order_id": order.id, "decision": decision, "reason": order.reason or None}


def compensate(book: OrderBook, order_id: str, reason: str) -> dict[str, str | None]:
    """Give up on an order and return its stock; the status is FAILED, or the one it had ended in before.

    The customer reads the reason, or its first 200 characters.
    """
    order = book.fail(order_id, reason[:MAX_REASON_LENGTH])
    _log("compensated", order)
    return {"order_id": order.id, "status": order.status}


def fulfil(book: OrderBook, order_id: str) -> dict[str, str]:
    """Fulfil a checked order; delivered again, it hands back the same shipment.

    Raises:
        UnknownOrder: there is no such order.
        FulfilmentFailed: it was cancelled, rejected or given up.
    """
    order = book.start_fulfilling(order_id)
    if order.status not in (Status.FULFILLING, Status.FULFILLED):
        raise FulfilmentFailed(f"order {order.id} is {order.status}" + (f": {order.reason}" if order.reason else ""))
    _log("fulfilled", order)
    return {"order_id": order.id, "shipment": shipment_of(order.id)}


def _log(message: str, order: Order, **more: str) -> None:
    logger.info(message, extra={"fields": {"order": order.id, "status": order.status} | more})
