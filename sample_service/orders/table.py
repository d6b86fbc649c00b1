"""The DynamoDB table: conditional writes, grouped into transactions.

An order that is not final has two attributes outside the API: `open`, the partition of the index of open orders, and
`execution`, the execution of the workflow that owns the order. A status changes for the owner only.
"""

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from orders.identifiers import now, shipment_id
from orders.items import Item, from_item, readable_orders, to_item
from orders.model import Order
from orders.status import FINAL, Status
from orders.stock import OutOfStock, shortage_message, stock_changes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY_LIFETIME_SECONDS = 24 * 60 * 60
_ATTEMPTS_ON_CONFLICT = 5


PARTITIONS = "0123456789abcdef"
"""Partitions of the index of open orders: one would limit the rate of orders."""


def open_partition(order_id: str) -> str:
    """Return the partition of an order in the index of open orders: the last digit of its random part."""
    return order_id[-1]


class ConcurrentUpdate(Exception):
    """Another request updated the order first: read it and decide again."""


class IdempotencyKeyExists(Exception):
    """An order was placed with this idempotency key before."""

    def __init__(self, order_id: str, fingerprint: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id
        self.fingerprint = fingerprint


class OrdersTable:
    """One DynamoDB table with orders, idempotency keys and stock."""

    def __init__(self, name: str, client: "DynamoDBClient") -> None:
        self._name = name
        self._client = client

    def place(self, order: Order, *, trace: str = "", key: str = "", fingerprint: str = "") -> None:
        """Store a new order and its idempotency key in one transaction.

        The order ID is the transaction's client request token, so that botocore can retry an attempt with an unknown
        outcome.

        Raises:
            IdempotencyKeyExists: the key was used within the last 24 hours.
        """
        item = to_item(order) | {"trace": {"S": trace}, "open": {"S": open_partition(order.id)}}
        writes = [self._put(item, "attribute_not_exists(id)")]
        if key:
            writes.append(self._put_key(order.id, key, fingerprint))
        cancelled = self._transact(writes, token=order.id)
        if key and cancelled[1]:
            self._raise_unless_same_order(order.id, key)

    def get(self, order_id: str) -> Order | None:
        """Return an order with a strongly consistent read; None if it does not exist."""
        found = self.get_with_owner(order_id)
        return found[0] if found else None

    def get_with_owner(self, order_id: str) -> tuple[Order, str] | None:
        """Return an order and the name of the execution that owns it; the name is empty if there is none."""
        item = self._read(order_id)
        if item is None or "status" not in item:
            return None
        return from_item(item), item.get("execution", {"S": ""})["S"]

    def page(self, customer: str, *, limit: int, after: Item | None = None) -> tuple[list[Order], Item | None]:
        """Return a page of a customer's orders, newest first, and the key at which the next page starts."""
        start: dict[str, Any] = {"ExclusiveStartKey": after} if after else {}
        response = self._client.query(
            TableName=self._name,
            IndexName="by_customer",
            KeyConditionExpression="customer = :customer",
            ExpressionAttributeValues={":customer": {"S": customer}},
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )
        return readable_orders(response["Items"]), response.get("LastEvaluatedKey")

    def transition(
        self, order: Order, target: Status, reason: str = "", *, execution: str | None = None, owner: str | None = None
    ) -> None:
        """Change the status of an order, and its stock, in one transaction.

        Args:
            order: The order as it was read.
            target: The new status; the same status changes the owner alone.
            reason: Reason of a rejection or failure.
            execution: Name of the execution that owns the order from now on. Default: the owner stays.
            owner: Name of the execution that must own the order; empty for none. Default: any owner.

        Raises:
            ConcurrentUpdate: the status differs from `order.status`, or the owner from `owner`.
            OutOfStock: there is not enough stock.
        """
        changes = stock_changes(order, target)
        update = self._status_update(order, target, reason, execution, owner)
        cancelled = self._transact([update, *(change.as_write(self._name) for change in changes)])
        if not any(cancelled):
            return
        if cancelled[0]:
            raise ConcurrentUpdate(order.id)
        raise OutOfStock(shortage_message(changes, cancelled[1:]))

    def hand_over(self, order: Order) -> None:
        """Hand an order over to the carrier, once for any number of calls.

        The sample has no carrier: it stores a shipment. Call yours here, with the shipment ID as idempotency key.
        """
        shipment = {"id": shipment_id(order.id), "order_id": order.id, "handed_over_at": now()}
        item = {name: {"S": value} for name, value in shipment.items()}
        with suppress(self._client.exceptions.ConditionalCheckFailedException):  # it was handed over before
            self._client.put_item(TableName=self._name, Item=item, ConditionExpression="attribute_not_exists(id)")

    def close(self, order: Order) -> None:
        """Remove an order in a final status from the index of open orders; no effect if it is not there."""
        self._client.update_item(
            TableName=self._name,
            Key={"id": {"S": order.id}},
            UpdateExpression="REMOVE #open",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeNames={"#open": "open"},
        )

    def open_orders(self, partition: str) -> Iterator[Item]:
        """Yield id, status, owner (`execution`) and `placed_at` of a partition's open orders, oldest first.

        Eventually consistent.
        """
        start: dict[str, Any] = {}
        while True:
            response = self._client.query(
                TableName=self._name,
                IndexName="open_orders",
                KeyConditionExpression="#open = :partition",
                ExpressionAttributeNames={"#open": "open"},
                ExpressionAttributeValues={":partition": {"S": partition}},
                **start,
            )
            yield from response["Items"]
            if "LastEvaluatedKey" not in response:
                return
            start = {"ExclusiveStartKey": response["LastEvaluatedKey"]}

    def is_reachable(self) -> bool:
        """Read an item that does not exist. Raises the botocore error if the table cannot be read."""
        return self._read("readiness") is None

    def _read(self, item_id: str) -> Item | None:
        response = self._client.get_item(TableName=self._name, Key={"id": {"S": item_id}}, ConsistentRead=True)
        return response.get("Item")

    def _raise_unless_same_order(self, order_id: str, key: str) -> None:
        existing = self._read(_key_id(key))
        if existing is None:  # it expired between the write and this read
            raise ConcurrentUpdate(order_id)
        if existing["order_id"]["S"] != order_id:  # otherwise, an earlier attempt succeeded
            raise IdempotencyKeyExists(existing["order_id"]["S"], existing["fingerprint"]["S"])

    def _put(self, item: Item, condition: str, **values: Item) -> Item:
        put: Item = {"TableName": self._name, "Item": item, "ConditionExpression": condition}
        return {"Put": put | ({"ExpressionAttributeValues": values} if values else {})}

    def _put_key(self, order_id: str, key: str, fingerprint: str) -> Item:
        now = int(time.time())
        item = {
            "id": {"S": _key_id(key)},
            "order_id": {"S": order_id},
            "fingerprint": {"S": fingerprint},
            "expires_at": {"N": str(now + KEY_LIFETIME_SECONDS)},
        }
        # DynamoDB can take days to delete expired items.
        return self._put(item, "attribute_not_exists(id) OR expires_at < :now", **{":now": {"N": str(now)}})

    def _status_update(
        self, order: Order, target: Status, reason: str, execution: str | None, owner: str | None
    ) -> Item:
        names = {"#status": "status", "#open": "open"}
        values = {":from": {"S": str(order.status)}, ":to": {"S": str(target)}}
        assignments, conditions, removal = ["#status = :to"], ["#status = :from"], ""
        if target in FINAL:
            removal = " REMOVE #open"
        else:
            assignments.append("#open = :open")
            values[":open"] = {"S": open_partition(order.id)}
        if reason:
            assignments.append("reason = :reason")
            values[":reason"] = {"S": reason}
        if execution:
            assignments.append("execution = :execution")
            values[":execution"] = {"S": execution}
        if owner is not None:
            conditions.append("execution = :owner" if owner else "attribute_not_exists(execution)")
            values |= {":owner": {"S": owner}} if owner else {}
        return {
            "Update": {
                "TableName": self._name,
                "Key": {"id": {"S": order.id}},
                "UpdateExpression": "SET " + ", ".join(assignments) + removal,
                "ConditionExpression": " AND ".join(conditions),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            }
        }

    def _transact(self, writes: list[Any], *, token: str = "") -> list[Any]:
        """Run a transaction. Returns, for each write, the cancellation reason if its condition failed, or None."""
        once: dict[str, Any] = {"ClientRequestToken": token} if token else {}
        attempt = 1
        while True:
            try:
                self._client.transact_write_items(TransactItems=writes, **once)
                return [None] * len(writes)
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = error.response["CancellationReasons"]
                codes = {reason["Code"] for reason in reasons}
                if codes <= {"None", "ConditionalCheckFailed"}:
                    return [reason if reason["Code"] != "None" else None for reason in reasons]
                if attempt == _ATTEMPTS_ON_CONFLICT or "TransactionConflict" not in codes:
                    raise
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 - jitter, not a secret
            attempt += 1


def _key_id(key: str) -> str:
    return f"idempotency#{key}"
