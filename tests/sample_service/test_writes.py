"""Never stored twice, never lost: what the table does when DynamoDB's answer is lost, late or a conflict."""

import pytest
from botocore.exceptions import ReadTimeoutError
from orders.book import OrderBook
from orders.model import Line, NewOrder
from orders.table import Moved, OrdersTable

NEW = NewOrder("c-42", "EUR", [Line("tea", 2, 450)])


class LosesTheFirstAnswer:
    """A DynamoDB client whose first write succeeds but whose answer is lost; the retry then meets the result."""

    def __init__(self, client) -> None:
        self._client = client
        self.tokens: list[str] = []

    def __getattr__(self, name: str):
        return getattr(self._client, name)

    def transact_write_items(self, **request):
        self.tokens.append(request.get("ClientRequestToken", ""))
        if len(self.tokens) == 1:
            self._client.transact_write_items(**request)
        # Without the token DynamoDB (and moto, always) refuses the repetition.
        return self._client.transact_write_items(**request)


class Conflicts:
    """A DynamoDB client whose writes collide with others' a number of times."""

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
def test_an_order_whose_answer_was_lost_is_acknowledged_and_stored_once(dynamodb, key):
    book = OrderBook(OrdersTable("orders", LosesTheFirstAnswer(dynamodb)))
    order = book.place(NEW, key=key)

    assert book.get(order.id) == order
    assert sum("status" in item for item in dynamodb.scan(TableName="orders")["Items"]) == 1


def test_a_repeated_write_carries_the_orders_own_token(dynamodb):
    client = LosesTheFirstAnswer(dynamodb)
    order = OrderBook(OrdersTable("orders", client)).place(NEW)

    assert client.tokens == [order.id]
    assert len(order.id) <= 36, "the longest token that DynamoDB takes"


def test_a_move_whose_answer_was_lost_has_one_effect(dynamodb):
    placed = OrderBook(OrdersTable("orders", dynamodb)).place(NEW)
    book = OrderBook(OrdersTable("orders", LosesTheFirstAnswer(dynamodb)))

    assert book.check(placed.id).status == "CHECKED"
    assert dynamodb.get_item(TableName="orders", Key={"id": {"S": "stock#tea"}})["Item"]["available"]["N"] == "998"


def test_conflicts_are_tried_again(dynamodb):
    order = OrderBook(OrdersTable("orders", Conflicts(dynamodb, times=2))).place(NEW)

    assert OrdersTable("orders", dynamodb).get(order.id) == order


def test_conflicts_without_end_are_an_error_and_nothing_is_acknowledged(dynamodb):
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        OrderBook(OrdersTable("orders", Conflicts(dynamodb, times=99))).place(NEW)


def test_a_key_that_expires_in_between_is_no_acknowledgement(dynamodb, monkeypatch):
    table = OrdersTable("orders", dynamodb)
    OrderBook(table).place(NEW, key="k1")
    monkeypatch.setattr(table, "_read", lambda _: None)

    with pytest.raises(Moved):
        OrderBook(table).place(NEW, key="k1")


def test_an_unreachable_table_is_an_error_not_an_acknowledgement(dynamodb):
    class Unreachable(Conflicts):
        def transact_write_items(self, **_):
            raise ReadTimeoutError(endpoint_url="https://dynamodb")

    with pytest.raises(ReadTimeoutError):
        OrderBook(OrdersTable("orders", Unreachable(dynamodb, 0))).place(NEW)
