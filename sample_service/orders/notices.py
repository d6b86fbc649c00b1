"""Notices about orders: the work of the queue consumer, for a container and for Lambda."""

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from orders.identifiers import now
from orders.order_service import OrderService
from orders.status import Status

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a message: the customer is to be told that the order reached a status."""

    order_id: str
    status: Status


class Notices:
    """Sends notices, each once for any number of deliveries of its message.

    The sample has no mail provider: it stores that the customer was told. Call yours here, with the item's ID as
    idempotency key.
    """

    def __init__(self, table_name: str, client: "DynamoDBClient", orders: OrderService) -> None:
        self._table_name = table_name
        self._client = client
        self._orders = orders

    def handle(self, body: str) -> None:
        """Process the body of a message.

        Raises:
            msgspec.ValidationError: the body is not a notice.
            msgspec.DecodeError: the body is not JSON.
            UnknownOrder: no order has this ID.
        """
        notice = msgspec.json.decode(body, type=Notice)
        order = self._orders.get(notice.order_id)
        item = {
            "id": f"notice#{order.id}#{notice.status}",
            "order_id": order.id,
            "customer_told": order.customer,
            "told_at": now(),
        }
        with suppress(self._client.exceptions.ConditionalCheckFailedException):  # the message was delivered before
            self._client.put_item(
                TableName=self._table_name,
                Item={name: {"S": value} for name, value in item.items()},
                ConditionExpression="attribute_not_exists(id)",
            )
