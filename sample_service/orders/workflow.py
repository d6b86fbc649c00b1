"""The steps of the workflow. Each step is idempotent, and changes an order for its owner only.

An execution owns an order from its check on. A second execution of the same order, and late tasks of an execution that
another one took over, have no effect.
"""

import logging
from typing import Any

from orders.identifiers import shipment_id
from orders.model import Order
from orders.order_service import NotOwner, OrderService
from orders.status import Status
from orders.tracing import entry_span

logger = logging.getLogger(__name__)

MAX_REASON_LENGTH = 200
OWNED = "OWNED"
"""Decision and status of an order that another execution owns."""

_DECISIONS = {  # a late or repeated check can find any status except PLACED
    Status.CHECKED: "ACCEPTED",
    Status.FULFILLING: "ACCEPTED",
    Status.FULFILLED: "FULFILLED",
    Status.REJECTED: "REJECTED",
    Status.FAILED: "REJECTED",
    Status.CANCELLED: "CANCELLED",
}


class FulfilmentFailed(Exception):
    """The order cannot be fulfilled."""


def run_step(service: OrderService, event: dict[str, Any], trace: str | None = None) -> dict[str, str | None]:
    """Run `check` or `compensate` on an order, in an existing trace.

    Raises:
        UnknownOrder: the order does not exist.
        ValueError: the event is invalid.
    """
    with entry_span(f"{event.get('action')} order", trace, order_id=str(event.get("order_id"))):
        execution = str(event.get("execution") or "")
        match event:
            case {"action": "check", "order_id": str(order_id)}:
                return check(service, order_id, execution, str(event.get("takes_over") or ""))
            case {"action": "compensate", "order_id": str(order_id)}:
                return compensate(service, order_id, str(event.get("reason") or "the workflow failed"), execution)
        raise ValueError('the event must be {"action": "check" or "compensate", "order_id": "ord_..."}')


def check(service: OrderService, order_id: str, execution: str = "", takes_over: str = "") -> dict[str, str | None]:
    """Check an order. The decision is ACCEPTED, REJECTED (with a reason), CANCELLED, FULFILLED or OWNED."""
    try:
        order = service.check(order_id, execution=execution, takes_over=takes_over)
    except NotOwner as error:
        _log("not checked", error.order, owner=error.owner)
        return {"order_id": order_id, "decision": OWNED, "reason": None}
    decision = _DECISIONS[order.status]
    _log("checked", order, decision=decision)
    return {"order_id": order.id, "decision": decision, "reason": order.reason or None}


def compensate(service: OrderService, order_id: str, reason: str, execution: str = "") -> dict[str, str | None]:
    """Fail an order and release its stock. Returns its status: FULFILLING if it can only move forward, or OWNED.

    The first 200 characters of the reason are shown to the customer.
    """
    try:
        order = service.fail(order_id, reason[:MAX_REASON_LENGTH], execution=execution)
    except NotOwner as error:
        _log("not compensated", error.order, owner=error.owner)
        return {"order_id": order_id, "status": OWNED}
    _log("compensated", order)
    return {"order_id": order.id, "status": order.status}


def fulfil(service: OrderService, order_id: str, execution: str = "") -> dict[str, str]:
    """Fulfil a checked order. Returns the same shipment if it is repeated.

    Raises:
        UnknownOrder: the order does not exist.
        FulfilmentFailed: the order was cancelled, rejected or failed, or another execution owns it.
    """
    try:
        order = service.start_fulfilling(order_id, execution=execution)
    except NotOwner as error:
        raise FulfilmentFailed(str(error)) from None
    if order.status not in (Status.FULFILLING, Status.FULFILLED):
        raise FulfilmentFailed(f"order {order.id} is {order.status}" + (f": {order.reason}" if order.reason else ""))
    if order.status is Status.FULFILLING:
        service.table.hand_over(order)
    _log("fulfilled", order)
    return {"order_id": order.id, "shipment": shipment_id(order.id)}


def _log(message: str, order: Order, **more: str) -> None:
    logger.info(message, extra={"fields": {"order": order.id, "status": order.status} | more})
