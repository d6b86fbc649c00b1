"""Conversion between orders and DynamoDB items.

Reading is lenient: an order stays readable after a rule for new orders has changed, for example the list of currencies,
and while a newer version of the service writes attributes or statuses that this one does not know.
"""

import logging
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from orders.model import Line, Order
from orders.status import stored_status

Item = dict[str, Any]  # attribute name -> {"S": ...} | {"N": ...} | {"L": ...} | {"M": ...}

logger = logging.getLogger(__name__)


class UnreadableOrder(Exception):
    """A stored item is not an order: an attribute is missing, or has another type."""


class _StoredLine(Struct):
    sku: str
    quantity: int
    unit_price_minor: int


class _StoredOrder(Struct):
    id: str
    status: str
    customer: str
    currency: str
    lines: list[_StoredLine]
    total_minor: int
    placed_at: str
    reason: str = ""
    shipment: str = ""


def to_item(order: Order) -> Item:
    """Convert an order to an item; empty attributes are omitted."""
    return {name: to_attribute(value) for name, value in msgspec.to_builtins(order).items()}


def from_item(item: Item) -> Order:
    """Convert an item to an order; attributes outside the API are ignored.

    Raises:
        UnreadableOrder: an attribute is missing, or has another type.
    """
    known = _StoredOrder.__struct_fields__
    try:
        attributes = {name: from_attribute(item[name]) for name in known if name in item}
        stored = msgspec.convert(attributes, _StoredOrder)
    except (ValueError, TypeError) as error:  # ValueError: msgspec, too
        raise UnreadableOrder(f"{item.get('id', {}).get('S')}: {error}") from None
    return Order(
        id=stored.id,
        status=stored_status(stored.status),
        customer=stored.customer,
        currency=stored.currency,
        lines=[Line(line.sku, line.quantity, line.unit_price_minor) for line in stored.lines],
        total_minor=stored.total_minor,
        placed_at=stored.placed_at,
        reason=stored.reason,
        shipment=stored.shipment,
    )


def readable_orders(items: Iterable[Item]) -> list[Order]:
    """Convert the items of a page; an unreadable one is logged and left out, so that the others are returned."""
    orders = []
    for item in items:
        try:
            orders.append(from_item(item))
        except UnreadableOrder as error:
            logger.error("unreadable order: %s", error)
    return orders


def to_attribute(value: str | int | list[Any] | dict[str, Any]) -> Item:
    """Convert a value to a DynamoDB attribute value."""
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [to_attribute(entry) for entry in value]}
        case dict():
            return {"M": {name: to_attribute(entry) for name, entry in value.items()}}


def from_attribute(attribute: Item) -> Any:
    """Convert a DynamoDB attribute value to a value; a number is an integer where it can be."""
    [(kind, value)] = attribute.items()
    match kind:
        case "N":
            return int(value) if value.lstrip("-").isdecimal() else float(value)
        case "L":
            return [from_attribute(entry) for entry in value]
        case "M":
            return {name: from_attribute(entry) for name, entry in value.items()}
        case _:
            return value
