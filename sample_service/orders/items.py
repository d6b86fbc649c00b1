"""Orders as DynamoDB items and back."""

from typing import Any

import msgspec

from orders.model import Order

Item = dict[str, Any]  # attribute name -> {"S": ...} | {"N": ...} | {"L": ...} | {"M": ...}


def to_item(order: Order) -> Item:
    """An order as an item; empty attributes are left out."""
    return {name: to_attribute(value) for name, value in msgspec.to_builtins(order).items()}


def from_item(item: Item) -> Order:
    """An item as an order; attributes that the API does not show are passed over."""
    return msgspec.convert({name: from_attribute(value) for name, value in item.items()}, Order)


def to_attribute(value: str | int | list[Any] | dict[str, Any]) -> Item:
    """A plain value as a DynamoDB attribute value."""
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
    """A DynamoDB attribute value as a plain value; numbers are whole numbers here."""
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
