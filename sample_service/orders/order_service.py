"""The operations on orders, for the HTTP API and for the steps of the workflow."""

import hashlib
from dataclasses import dataclass

import msgspec

from orders.identifiers import is_order_id, new_order_id, now
from orders.model import NewOrder, Order
from orders.status import FINAL, Status, can_transition
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


class NotOwner(Exception):
    """Another execution of the workflow owns the order."""

    def __init__(self, order: Order, owner: str) -> None:
        super().__init__(f"{order.id} belongs to the execution {owner or 'of an earlier version'}")
        self.order = order
        self.owner = owner


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

    def check(self, order_id: str, *, execution: str = "", takes_over: str = "") -> Order:
        """Reserve stock for a placed order, or reject it; the execution owns the order from then on.

        No effect on an order that the execution owns, or that is in a final status.

        Args:
            order_id: The order.
            execution: Name of the execution of the workflow.
            takes_over: Name of an execution that has ended, and that owns the order until now. Default: none.

        Raises:
            UnknownOrder: no order has this ID.
            NotOwner: another execution owns the order.
        """
        for _ in range(_ATTEMPTS_ON_RACE):
            order, owner = self._get_with_owner(order_id)
            if order.status in FINAL:
                # An execution of an earlier version ends orders without this, and they would stay open forever.
                self.table.close(order)
                return order
            if order.status is not Status.PLACED and owner == execution:
                return order
            try:
                return self._claim(order, owner, execution, takes_over)
            except ConcurrentUpdate:
                continue
        raise ConcurrentUpdate(order_id)

    def start_fulfilling(self, order_id: str, *, execution: str = "") -> Order:
        """Start the fulfilment of a checked order; no effect if it has started or ended.

        Raises:
            UnknownOrder: no order has this ID.
            NotOwner: another execution owns the order.
        """
        return self._transition_if_allowed(order_id, Status.FULFILLING, owner=execution)

    def fail(self, order_id: str, reason: str, *, execution: str = "") -> Order:
        """Fail an order before its fulfilment, and release its stock; no effect afterwards.

        Raises:
            UnknownOrder: no order has this ID.
            NotOwner: another execution owns the order.
        """
        return self._transition_if_allowed(order_id, Status.FAILED, reason, owner=execution)

    def _claim(self, order: Order, owner: str, execution: str, takes_over: str) -> Order:
        """Own a placed order by checking it, or an order whose owner has ended."""
        if order.status is not Status.PLACED:
            if owner not in ("", takes_over):
                raise NotOwner(order, owner)
            self.table.transition(order, order.status, execution=execution, owner=owner)
            return order
        try:
            self.table.transition(order, Status.CHECKED, execution=execution)
        except OutOfStock as shortage:
            reason = str(shortage)
            self.table.transition(order, Status.REJECTED, reason)
            return msgspec.structs.replace(order, status=Status.REJECTED, reason=reason)
        return msgspec.structs.replace(order, status=Status.CHECKED)

    def _get_with_owner(self, order_id: str) -> tuple[Order, str]:
        found = self.table.get_with_owner(order_id) if is_order_id(order_id) else None
        if found is None:
            raise UnknownOrder(f"there is no order {order_id!r}")
        return found

    def _transition_if_allowed(self, order_id: str, target: Status, reason: str = "", *, owner: str) -> Order:
        try:
            return self._transition(order_id, target, reason, owner=owner)
        except InvalidTransition as error:
            return error.order

    def _transition(self, order_id: str, target: Status, reason: str = "", *, owner: str | None = None) -> Order:
        """Change the status of an order; of one that is checked, only for its owner. Default: for anyone."""
        for _ in range(_ATTEMPTS_ON_RACE):
            order, found = self._get_with_owner(order_id)
            if owner is not None and found != owner and order.status not in {Status.PLACED, *FINAL}:
                raise NotOwner(order, found)
            if order.status is target:
                return order
            if not can_transition(order.status, target):
                raise InvalidTransition(order, target)
            try:
                self.table.transition(order, target, reason, owner=None if owner is None else found)
            except ConcurrentUpdate:
                continue
            return msgspec.structs.replace(order, status=target, reason=reason)
        raise ConcurrentUpdate(order_id)
