"""What an order's moves do to stock: checked orders hold it, cancelled and failed ones give it back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from orders.items import Item
from orders.model import Order
from orders.status import HOLDS_STOCK, Status

DEFAULT_STOCK = 1000  # of everything that nobody counted yet


class OutOfStock(Exception):
    """There is less than an order needs; the message names what, how many there are and how many were ordered."""


@dataclass(frozen=True)
class StockChange:
    """So many more (or, below zero, fewer) of one thing."""

    sku: str
    by: int

    def as_write(self, table_name: str) -> Item:
        """The change as a part of a transaction; taking more than there is fails its condition."""
        values = {":by": {"N": str(self.by)}, ":default": {"N": str(DEFAULT_STOCK)}}
        update: Item = {
            "TableName": table_name,
            "Key": {"id": {"S": f"stock#{self.sku}"}},
            "UpdateExpression": "SET available = if_not_exists(available, :default) + :by",
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if self.by < 0:
            values[":needed"] = {"N": str(-self.by)}
            never_counted = "attribute_not_exists(available) OR " if -self.by <= DEFAULT_STOCK else ""
            update["ConditionExpression"] = never_counted + "available >= :needed"
        return {"Update": update}


def stock_changes(order: Order, target: Status) -> list[StockChange]:
    """What moving an order to a status takes from stock or gives back; one change for each sku."""
    takes = order.status not in HOLDS_STOCK and target in HOLDS_STOCK
    gives_back = order.status in HOLDS_STOCK and target in (Status.CANCELLED, Status.FAILED)
    if not takes and not gives_back:
        return []
    quantities: Counter[str] = Counter()
    for line in order.lines:
        quantities[line.sku] += line.quantity
    return [StockChange(sku, -quantity if takes else quantity) for sku, quantity in sorted(quantities.items())]


def shortages(changes: Sequence[StockChange], cancelled: Sequence[Item | None]) -> str:
    """In words, the changes that a transaction was cancelled for."""
    short = [
        f"{change.sku}, {_available(reason)} available, {-change.by} ordered"
        for change, reason in zip(changes, cancelled, strict=True)
        if reason
    ]
    return "out of stock: " + "; ".join(short)


def _available(reason: Item) -> int:
    return int(reason.get("Item", {}).get("available", {"N": DEFAULT_STOCK})["N"])
