"""The operations on orders, for the HTTP API and for the steps of the workflow."""

import hashlib
from dataclasses import dataclass

import msgspec

from orders.identifiers import is_order_id, new_order_id, now
from orders.model import NewOrder, Order
from orders.status import Status, can_transition
from orders.stock import OutOfStock
from orders.table import ConcurrentUpdate, IdempotencyKeyExists, OrdersTable

_ATTEMPTS_ON_RACE = 5


class UnknownOrder(Exception):
    """No order has this ID."""


class IdempotencyKeyReused(Exception):
    """The idempotency key was used with another body."""


class InvalidTransition(Exception):
    """The order's status does not allow the requested transition."""

    def __init__(self, order: Order, target: Status) -> None:
        super().__init__(f"{order.id} is {order.status} and cannot become {target}")
        self.order = order
        self.target = target


@dataclass(frozen=True)
class OrderService:
    """Places, finds and updates orders. Methods block: call them in a thread from an event loop."""

    table: OrdersTable

    def place(self, new: NewOrder, *, key: str = "", trace: str = "") -> Order:
        """Place an order, or return the one placed with the same key and body within 24 hours.

        Raises:
            IdempotencyKeyReused: the key was used with another body.
        """
        order = Order(
            id=new_order_id(),
            status=Status.PLACED,
            customer=new.customer,
            currency=new.currency,
            lines=new.lines,
            total_minor=sum(line.quantity * line.unit_price_minor for line in new.lines),
            placed_at=now(),
        )
        fingerprint = hashlib.sha256(msgspec.json.encode(new)).hexdigest() if key else ""
        try:
            self.table.place(order, trace=trace, key=key, fingerprint=fingerprint)
        except IdempotencyKeyExists as existing:
            if existing.fingerprint != fingerprint:
                raise IdempotencyKeyReused from None
            return self.get(existing.order_id)
        return order

    def get(self, order_id: str) -> Order:
        """Return an order.

        Raises:
            UnknownOrder: no order has this ID.
        """
        order = self.table.get(order_id) if is_order_id(order_id) else None
        if order is None:
            raise UnknownOrder(f"there is no order {order_id!r}")
        return order

    def cancel(self, order_id: str) -> Order:
        """Cancel an order before its fulfilment starts; idempotent.

        Raises:
            UnknownOrder: no order has this ID.
            InvalidTransition: fulfilment has started, or the order is in a final status.
        """
        return self._transition(order_id, Status.CANCELLED)

    def check(self, order_id: str) -> Order:
        """Reserve stock for a placed order, or reject it; no effect on an order in any other status.

        Raises:
            UnknownOrder: no order has this ID.
        """
        try:
            return self._transition(order_id, Status.CHECKED)
        except OutOfStock as shortage:
            return self._transition_if_allowed(order_id, Status.REJECTED, str(shortage))
        except InvalidTransition as error:
            return error.order

    def start_fulfilling(self, order_id: str) -> Order:
        """Start the fulfilment of a checked order; no effect if it has started or ended.

        Raises:
            UnknownOrder: no order has this ID.
        """
        return self._transition_if_allowed(order_id, Status.FULFILLING)

    def fail(self, order_id: str, reason: str) -> Order:
        """Fail an order and release its stock; no effect on an order in a final status.

        Raises:
            UnknownOrder: no order has this ID.
        """
        return self._transition_if_allowed(order_id, Status.FAILED, reason)

    def _transition_if_allowed(self, order_id: str, target: Status, reason: str = "") -> Order:
        try:
            return self._transition(order_id, target, reason)
        except InvalidTransition as error:
            return error.order

    def _transition(self, order_id: str, target: Status, reason: str = "") -> Order:
        for _ in range(_ATTEMPTS_ON_RACE):
            order = self.get(order_id)
            if order.status is target:
                return order
            if not can_transition(order.status, target):
                raise InvalidTransition(order, target)
            try:
                self.table.transition(order, target, reason)
            except ConcurrentUpdate:
                continue
            return msgspec.structs.replace(order, status=target, reason=reason)
        raise ConcurrentUpdate(order_id)
