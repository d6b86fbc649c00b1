"""The book of orders: what may be done with an order, whoever asks (a client, a workflow step, a task)."""

import hashlib
from dataclasses import dataclass

import msgspec

from orders.identifiers import is_order_id, new_order_id, now
from orders.model import NewOrder, Order
from orders.status import Status, may_move
from orders.stock import OutOfStock
from orders.table import KeyTaken, Moved, OrdersTable

_ATTEMPTS_ON_RACE = 5


class UnknownOrder(Exception):
    """No order has this id."""


class KeyReused(Exception):
    """The idempotency key belongs to an order with another body."""


class NotAllowed(Exception):
    """An order cannot go from where it stands to where it was asked to go."""

    def __init__(self, order: Order, target: Status) -> None:
        super().__init__(f"{order.id} is {order.status} and cannot become {target}")
        self.order = order
        self.target = target


@dataclass(frozen=True)
class OrderBook:
    """Places, moves and finds orders. Blocking: callers on an event loop use a thread."""

    table: OrdersTable

    def place(self, new: NewOrder, *, key: str = "", trace: str = "") -> Order:
        """Place an order, or find the one placed with the same key and the same content within 24 hours.

        Raises:
            KeyReused: the key came with other content before.
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
        except KeyTaken as taken:
            if taken.fingerprint != fingerprint:
                raise KeyReused from None
            return self.get(taken.order_id)
        return order

    def get(self, order_id: str) -> Order:
        """Find an order.

        Raises:
            UnknownOrder: there is none with this id.
        """
        order = self.table.get(order_id) if is_order_id(order_id) else None
        if order is None:
            raise UnknownOrder(f"there is no order {order_id!r}")
        return order

    def cancel(self, order_id: str) -> Order:
        """Cancel an order that is not on its way yet; cancelling twice is cancelling once.

        Raises:
            UnknownOrder: there is none with this id.
            NotAllowed: it went too far, or ended already.
        """
        return self._move(order_id, Status.CANCELLED)

    def check(self, order_id: str) -> Order:
        """Take what a placed order needs from stock, or reject it; an order past that is left as it is.

        Raises:
            UnknownOrder: there is none with this id.
        """
        try:
            return self._move(order_id, Status.CHECKED)
        except OutOfStock as shortage:
            return self._move_if_allowed(order_id, Status.REJECTED, str(shortage))
        except NotAllowed as refusal:
            return refusal.order

    def start_fulfilling(self, order_id: str) -> Order:
        """Start the fulfilment of a checked order; one that was started or ended already is left as it is.

        Raises:
            UnknownOrder: there is none with this id.
        """
        return self._move_if_allowed(order_id, Status.FULFILLING)

    def fail(self, order_id: str, reason: str) -> Order:
        """Give up on an order and give back what it holds of stock; one that ended already is left as it is.

        Raises:
            UnknownOrder: there is none with this id.
        """
        return self._move_if_allowed(order_id, Status.FAILED, reason)

    def _move_if_allowed(self, order_id: str, target: Status, reason: str = "") -> Order:
        try:
            return self._move(order_id, target, reason)
        except NotAllowed as refusal:
            return refusal.order

    def _move(self, order_id: str, target: Status, reason: str = "") -> Order:
        for _ in range(_ATTEMPTS_ON_RACE):
            order = self.get(order_id)
            if order.status is target:
                return order
            if not may_move(order.status, target):
                raise NotAllowed(order, target)
            try:
                self.table.move(order, target, reason)
            except Moved:
                continue
            return msgspec.structs.replace(order, status=target, reason=reason)
        raise Moved(order_id)
