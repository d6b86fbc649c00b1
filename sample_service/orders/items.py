"""Conversion between orders and DynamoDB items."""

from typing import Any

import msgspec

from orders.model import Order

Item = dict[str, Any]  # attribute name -> {"S": ...} | {"N": ...} | {"L": ...} | {"M": ...}


def to_item(order: Order) -> Item:
    """Convert an order to an item; empty attributes are omitted."""
    return {name: to_attribute(value) for name, value in msgspec.to_builtins(order).items()}


def from_item(item: Item) -> Order:
    """Convert an item to an order; attributes outside the API are ignored."""
    return msgspec.convert({name: from_attribute(value) for name, value in item.items()}, Order)


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
    """Convert a DynamoDB attribute value to a value; all numbers are integers here."""
    [(kind, value)] = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "L":
            return [from_attribute(entry) for entry in value]
        case "M":
            return {name: from_attribute(entry) for name, entry in value.items()}
        case _:
            return value
