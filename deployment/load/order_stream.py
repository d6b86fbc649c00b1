"""The stream of orders, and its mix of kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

INITIAL_STOCK = 1000
"""The stock of each SKU without a record in the table."""

# Of each hundred orders, in a fixed order that mixes them.
_ORDINARY, _SCARCE = 70, 20
_STRIDE = 37
_SCARCE_QUANTITY = 400
# Each SKU is in 2 × 10,000 / 100 ordinary orders of up to 3 pieces at most: its stock lasts.
_SKUS = 100


class Kind(StrEnum):
    """Kind of an order.

    ORDINARY is in stock. SCARCE competes for stock that is enough for a few of them only. CANCELLED is cancelled by
    the client as soon as it is accepted, which can be too late.
    """

    ORDINARY = "ordinary"
    SCARCE = "scarce"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class PlannedOrder:
    """One order of the stream.

    Attributes:
        number: its position in the stream, from 0.
        kind: its kind.
        target: ID of the target that receives it first.
        customer: its customer, whom no other order of the stream has.
        lines: SKU -> quantity.
    """

    number: int
    kind: Kind
    target: str
    customer: str
    lines: dict[str, int]

    @property
    def key(self) -> str:
        """The idempotency key of every attempt."""
        return f"{self.customer}-key"

    @property
    def body(self) -> dict[str, Any]:
        """The request body."""
        lines = [{"sku": sku, "quantity": quantity, "unit_price_minor": 450} for sku, quantity in self.lines.items()]
        return {"customer": self.customer, "currency": "EUR", "lines": lines}


def plan(count: int, targets: Sequence[str], *, run: str) -> Iterator[PlannedOrder]:
    """Yield the orders of a stream: 70 % ordinary, 20 % scarce and 10 % cancelled, on the targets in turn.

    Args:
        count: Number of orders.
        targets: IDs of the targets.
        run: A name that no earlier stream on the same table had; it is part of customers, keys and SKUs.
    """
    for number in range(count):
        kind = _kind(number)
        yield PlannedOrder(
            number=number,
            kind=kind,
            target=targets[number % len(targets)],
            customer=f"{run}-{number:06d}",
            lines=_lines(kind, number, run),
        )


def _kind(number: int) -> Kind:
    # The stride has no common divisor with 100: every hundred orders have the same mix.
    position = number * _STRIDE % 100
    if position < _ORDINARY:
        return Kind.ORDINARY
    return Kind.SCARCE if position < _ORDINARY + _SCARCE else Kind.CANCELLED


def _lines(kind: Kind, number: int, run: str) -> dict[str, int]:
    if kind is Kind.SCARCE:
        return {f"{run}-scarce-{number // 100}": _SCARCE_QUANTITY}
    first, second = number % _SKUS, (number * 7 + 1) % _SKUS
    lines = {f"{run}-sku-{first}": 1 + number % 3}
    return lines if first == second else lines | {f"{run}-sku-{second}": 1}
