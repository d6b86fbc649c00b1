"""Writes with lost or late responses and with conflicts have one effect or are an error."""

import pytest
from botocore.exceptions import ReadTimeoutError
from orders.model import Line, NewOrder
from orders.order_service import OrderService
from orders.table import ConcurrentUpdate, OrdersTable

NEW = NewOrder("c-42", "EUR", [Line("tea", 2, 450)])


class LosesTheFirstAnswer:
    """A DynamoDB client whose first write succeeds with a lost response, so that it is retried."""

    def __init__(self, client) -> None:
        self._client = client
        self.tokens: list[str] = []

    def __getattr__(self, name: str):
        return getattr(self._client, name)

    def transact_write_items(self, **request):
        self.tokens.append(request.get("ClientRequestToken", ""))
        if len(self.tokens) == 1:
            self._client.transact_write_items(**request)
        # Without the token, DynamoDB rejects the repeated request (moto always does).
        return self._client.transact_write_items(**request)


class Conflicts:
    """A DynamoDB client with a number of transaction conflicts."""

    def __init__(self, client, times: int) -> None:
        self._client = client
        self._times = times

    def __getattr__(self, name: str):
        return getattr(self._client, name)

    def transact_write_items(self, **request):
        self._times -= 1
        if self._times >= 0:
            reasons = [{"Code": "TransactionConflict"}] + [{"Code": "None"}] * (len(request["TransactItems"]) - 1)
            raise self._client.exceptions.TransactionCanceledException(
                {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons},
                "TransactWriteItems",
            )
        return self._client.transact_write_items(**request)


@pytest.mark.parametrize("key", ["", "k1"])
def test_an_order_with_a_lost_response_is_acknowledged_and_stored_once(dynamodb, key):
    service = OrderService(OrdersTable("orders", LosesTheFirstAnswer(dynamodb)))
    order = service.place(NEW, key=key)

    assert service.get(order.id) == order
    assert sum("status" in item for item in dynamodb.scan(TableName="orders")["Items"]) == 1


def test_a_repeated_write_has_the_same_request_token(dynamodb):
    client = LosesTheFirstAnswer(dynamodb)
    order = OrderService(OrdersTable("orders", client)).place(NEW)

    assert client.tokens == [order.id]
    assert len(order.id) <= 36, "the longest token that DynamoDB takes"


def test_a_transition_with_a_lost_response_has_one_effect(dynamodb):
    placed = OrderService(OrdersTable("orders", dynamodb)).place(NEW)
    service = OrderService(OrdersTable("orders", LosesTheFirstAnswer(dynamodb)))

    assert service.check(placed.id).status == "CHECKED"
    assert dynamodb.get_item(TableName="orders", Key={"id": {"S": "stock#tea"}})["Item"]["available"]["N"] == "998"


def test_conflicts_are_retried(dynamodb):
    order = OrderService(OrdersTable("orders", Conflicts(dynamodb, times=2))).place(NEW)

    assert OrdersTable("orders", dynamodb).get(order.id) == order


def test_permanent_conflicts_are_an_error(dynamodb):
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        OrderService(OrdersTable("orders", Conflicts(dynamodb, times=99))).place(NEW)


def test_a_key_that_expires_during_a_request_is_no_acknowledgement(dynamodb, monkeypatch):
    table = OrdersTable("orders", dynamodb)
    OrderService(table).place(NEW, key="k1")
    monkeypatch.setattr(table, "_read", lambda _: None)

    with pytest.raises(ConcurrentUpdate):
        OrderService(table).place(NEW, key="k1")


def test_an_unreachable_table_is_an_error_not_an_acknowledgement(dynamodb):
    class Unreachable(Conflicts):
        def transact_write_items(self, **_):
            raise ReadTimeoutError(endpoint_url="https://dynamodb")

    with pytest.raises(ReadTimeoutError):
        OrderService(OrdersTable("orders", Unreachable(dynamodb, 0))).place(NEW)
