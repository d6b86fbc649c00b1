"""Stored orders stay readable after the rules for new orders have changed."""

import pytest
from orders.items import UnreadableOrder, from_item
from orders.status import Status

ORDER_ID = f"ord_{7:032x}"


def stored(**changes: object) -> dict:
    line = {"sku": {"S": "tea"}, "quantity": {"N": "2"}, "unit_price_minor": {"N": "450"}}
    item = {
        "id": {"S": ORDER_ID},
        "status": {"S": "PLACED"},
        "customer": {"S": "c-42"},
        "currency": {"S": "EUR"},
        "lines": {"L": [{"M": line}]},
        "total_minor": {"N": "900"},
        "placed_at": {"S": "2026-11-24T11:13:55.120Z"},
        "trace": {"S": ""},
        "open": {"S": "7"},
    }
    return {name: value for name, value in (item | changes).items() if value is not None}


def _line(**changes: object) -> dict:
    line = {"sku": {"S": "tea"}, "quantity": {"N": "2"}, "unit_price_minor": {"N": "450"}}
    return {"L": [{"M": line | changes}]}


LENIENT = {
    "a currency that left the list": stored(currency={"S": "HRK"}),
    "an attribute of a newer version": stored(gift={"BOOL": True}, weight={"N": "1.5"}, tags={"SS": ["a"]}),
    "a field of a newer version in a line": stored(lines=_line(discount={"N": "0.5"})),
    "a customer that is invalid today": stored(customer={"S": "c-42"}, reason={"S": ""}),
    "a SKU that is invalid today": stored(lines=_line(sku={"S": "tea 250 g"})),
    "a quantity beyond today's maximum": stored(lines=_line(quantity={"N": "5000000"})),
    "more lines than today's maximum": stored(lines={"L": _line()["L"] * 60}),
    "an order without lines": stored(lines={"L": []}),
}
UNREADABLE = {
    "no currency": stored(currency=None),
    "no total": stored(total_minor=None),
    "a status of another type": stored(status={"N": "1"}),
    "lines of another type": stored(lines={"S": "tea"}),
    "a total that is no integer": stored(total_minor={"N": "1.5"}),
    "a null": stored(currency={"NULL": True}),
    "a line without a SKU": stored(lines={"L": [{"M": {"quantity": {"N": "1"}}}]}),
}


@pytest.mark.parametrize("name", LENIENT)
def test_a_stored_order_is_listed_read_and_cancelled(client, dynamodb, name):
    dynamodb.put_item(TableName="orders", Item=LENIENT[name])

    assert [order["id"] for order in client.get("/orders?customer=c-42").json["orders"]] == [ORDER_ID]
    assert client.get(f"/orders/{ORDER_ID}").json["id"] == ORDER_ID
    assert client.post(f"/orders/{ORDER_ID}/cancel").json["status"] == "CANCELLED"


def test_the_stored_currency_is_returned(client, dynamodb):
    dynamodb.put_item(TableName="orders", Item=stored(currency={"S": "HRK"}))

    assert client.get(f"/orders/{ORDER_ID}").json["currency"] == "HRK"
    assert client.place(currency="HRK").status_code == 422


def test_a_status_of_a_newer_version_is_returned_and_not_cancelled(client, dynamodb):
    dynamodb.put_item(TableName="orders", Item=stored(status={"S": "RETURNED"}))
    cancelled = client.post(f"/orders/{ORDER_ID}/cancel")

    assert client.get(f"/orders/{ORDER_ID}").json["status"] == "RETURNED"
    assert client.get("/orders?customer=c-42").json["orders"][0]["status"] == "RETURNED"
    assert cancelled.status_code == 409
    assert cancelled.json["detail"].startswith("the order is RETURNED; only an order that is PLACED or CHECKED")
    assert "RETURNED" not in Status.__members__


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_order_is_logged_and_does_not_hide_the_others(client, dynamodb, caplog, name):
    dynamodb.put_item(TableName="orders", Item=UNREADABLE[name])
    placed = client.place().json["id"]
    with pytest.raises(UnreadableOrder):
        from_item(UNREADABLE[name])
    page = client.get("/orders?customer=c-42")

    assert [order["id"] for order in page.json["orders"]] == [placed]
    assert any(ORDER_ID in record.getMessage() for record in caplog.records)


def test_an_unreadable_order_is_an_error_without_a_stack_trace(client, dynamodb, caplog):
    dynamodb.put_item(TableName="orders", Item=stored(currency=None))
    response = client.get(f"/orders/{ORDER_ID}")

    assert (response.status_code, response.json["title"]) == (500, "Unreadable order")
    assert not [record for record in caplog.records if record.exc_info]
