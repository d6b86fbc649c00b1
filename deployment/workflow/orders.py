"""The orders in the table, as far as operators need them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deployment.workflow.resources import Workflow

INDEX = "open_orders"
PARTITIONS = "0123456789abcdef"
_MAX_KEYS = 100
_ATTRIBUTES = {"#id": "id", "#status": "status", "#placed_at": "placed_at", "#execution": "execution"}


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order.

    Attributes:
        id: its ID.
        status: its status.
        placed_at: when it was placed.
        execution: name of the execution that owns it; "" without one.
    """

    id: str
    status: str
    placed_at: datetime
    execution: str = ""

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Order:
        """Return the order of an item of the table."""
        return cls(
            id=item["id"]["S"],
            status=item["status"]["S"],
            placed_at=datetime.fromisoformat(item["placed_at"]["S"]).astimezone(UTC),
            execution=item.get("execution", {}).get("S", ""),
        )

    def age(self, now: datetime) -> timedelta:
        """Return the time since it was placed."""
        return now - self.placed_at


def open_orders(workflow: Workflow) -> list[Order]:
    """Return the orders that are not final, the oldest first."""
    found = [Order.of(item) for partition in PARTITIONS for item in _partition(workflow, partition)]
    return sorted(found, key=lambda order: (order.placed_at, order.id))


def _partition(workflow: Workflow, partition: str) -> Iterator[Mapping[str, Any]]:
    return workflow.account.pages(
        "dynamodb",
        "query",
        "Items",
        TableName=workflow.table,
        IndexName=INDEX,
        KeyConditionExpression="#open = :partition",
        ProjectionExpression=", ".join(_ATTRIBUTES),
        ExpressionAttributeNames={"#open": "open", **_ATTRIBUTES},
        ExpressionAttributeValues={":partition": {"S": partition}},
    )


def orders_by_id(workflow: Workflow, ids: Iterable[str]) -> dict[str, Order]:
    """Return ID -> order for those that exist."""
    distinct = list(dict.fromkeys(ids))
    chunks = [distinct[start : start + _MAX_KEYS] for start in range(0, len(distinct), _MAX_KEYS)]
    return {order.id: order for chunk in chunks for order in _read(workflow, chunk)}


def _read(workflow: Workflow, ids: list[str]) -> Iterator[Order]:
    keys: list[dict[str, Any]] = [{"id": {"S": each}} for each in ids]
    while keys:
        request = {
            "Keys": keys,
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(_ATTRIBUTES),
            "ExpressionAttributeNames": _ATTRIBUTES,
        }
        response = workflow.client("dynamodb").batch_get_item(RequestItems={workflow.table: request})
        yield from (Order.of(item) for item in response["Responses"].get(workflow.table, ()))
        keys = response.get("UnprocessedKeys", {}).get(workflow.table, {}).get("Keys", [])
