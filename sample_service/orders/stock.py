"""Stock: checked orders reserve it, cancelled and failed orders release it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from orders.items import Item
from orders.model import Order
from orders.status import RESERVES_STOCK, Status

DEFAULT_STOCK = 1000  # for items without a stock record


class OutOfStock(Exception):
    """There is not enough stock; the message names each item, its stock and the ordered quantity."""


@dataclass(frozen=True)
class StockChange:
    """A change of one item's stock; negative to reserve."""

    sku: str
    by: int

    def as_write(self, table_name: str) -> Item:
        """Return the change as part of a transaction; its condition fails if there is not enough stock."""
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
            no_record = "attribute_not_exists(available) OR " if -self.by <= DEFAULT_STOCK else ""
            update["ConditionExpression"] = no_record + "available >= :needed"
        return {"Update": update}


def stock_changes(order: Order, target: Status) -> list[StockChange]:
    """Return the stock changes of a transition, one for each SKU."""
    reserves = order.status not in RESERVES_STOCK and target in RESERVES_STOCK
    releases = order.status in RESERVES_STOCK and target in (Status.CANCELLED, Status.FAILED)
    if not reserves and not releases:
        return []
    quantities: Counter[str] = Counter()
    for line in order.lines:
        quantities[line.sku] += line.quantity
    return [StockChange(sku, -quantity if reserves else quantity) for sku, quantity in sorted(quantities.items())]


def shortage_message(changes: Sequence[StockChange], reasons: Sequence[Item | None]) -> str:
    """Describe the changes whose condition failed."""
    short = [
        f"{change.sku}, {_available(reason)} available, {-change.by} ordered"
        for change, reason in zip(changes, reasons, strict=True)
        if reason
    ]
    return "out of stock: " + "; ".join(short)


def _available(reason: Item) -> int:
    return int(reason.get("Item", {}).get("available", {"N": DEFAULT_STOCK})["N"])
