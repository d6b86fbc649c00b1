"""The operations of the API: place, find, list and cancel orders."""

import asyncio
import re
import threading

import pytest
from falcon.testing import ASGIConductor, Result
from orders.http.app import App, build_app
from orders.model import Line, NewOrder
from orders.order_service import OrderService
from orders.table import OrdersTable
from orders.token import ApiToken, SecretVersions

from tests.unit.sample_service.conftest import TOKEN, body


def test_placing_an_order_returns_its_total_and_location(client):
    response = client.place(
        lines=[
            {"sku": "tea", "quantity": 2, "unit_price_minor": 450},
            {"sku": "mug", "quantity": 1, "unit_price_minor": 1},
        ]
    )

    assert response.status_code == 201
    assert response.json["status"] == "PLACED"
    assert response.json["total_minor"] == 901
    assert re.fullmatch(r"ord_[0-9a-f]{32}", response.json["id"])
    assert response.headers["Location"] == f"/orders/{response.json['id']}"


def test_a_placed_order_can_be_found(client):
    placed = client.place().json

    assert client.get(f"/orders/{placed['id']}").json == placed


@pytest.mark.parametrize("order_id", [f"ord_{0:032x}", "ord_nothing", "", "%00", "x" * 3000])
def test_an_unknown_order_is_not_found(client, order_id):
    response = client.get(f"/orders/{order_id}")

    assert (response.status_code, response.json["title"]) == (404, "Unknown order")


def test_other_items_cannot_be_read_as_orders(client):
    client.place(key="k1")

    assert client.get("/orders/idempotency%23k1").status_code == 404


def test_a_retry_with_the_same_key_returns_the_same_order(client, dynamodb):
    first, second = client.place(key="k1"), client.place(key="k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert _count_orders(dynamodb) == 1


async def _place_at_once(app: App) -> list[Result]:
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "k1"}
    async with ASGIConductor(app) as conductor:
        return await asyncio.gather(
            *(conductor.simulate_post("/orders", json=body(), headers=headers) for _ in range(2))
        )


def test_concurrent_requests_with_the_same_key_place_one_order(dynamodb):
    responses = asyncio.run(
        _place_at_once(build_app(_service_with_two_writers(dynamodb), ApiToken(lambda: SecretVersions(TOKEN))))
    )

    assert [response.status_code for response in responses] == [201, 201]
    assert responses[0].json == responses[1].json
    assert _count_orders(dynamodb) == 1


def _service_with_two_writers(dynamodb) -> OrderService:
    """Writes start together; transactions are serialised, as in DynamoDB (moto does not isolate them)."""
    both, one = threading.Barrier(2, timeout=5), threading.Lock()

    class Writers:
        def __getattr__(self, name: str):
            return getattr(dynamodb, name)

        def transact_write_items(self, **request: object):
            both.wait()
            with one:
                return dynamodb.transact_write_items(**request)

    return OrderService(OrdersTable("orders", Writers()))


def test_an_order_without_a_trace_has_an_empty_one(service, dynamodb):
    """The workflow's pipe passes it on: a missing attribute would be null."""
    order = service.place(NewOrder("c-42", "EUR", [Line("tea", 2, 450)]))

    assert dynamodb.get_item(TableName="orders", Key={"id": {"S": order.id}})["Item"]["trace"] == {"S": ""}


def test_the_same_body_with_reordered_fields_is_the_same_request(client):
    first = client.place(key="k1").json
    reordered = dict(reversed(body().items()))

    assert client.post("/orders", json=reordered, headers={"Idempotency-Key": "k1"}).json == first


def test_another_body_with_the_same_key_is_rejected(client, dynamodb):
    client.place(key="k1")
    response = client.place(key="k1", customer="c-43")

    assert response.status_code == 422
    assert response.json["faults"][0]["field"] == "Idempotency-Key"
    assert _count_orders(dynamodb) == 1


def test_an_expired_key_can_be_reused(client, dynamodb):
    client.place(key="k1")
    dynamodb.update_item(
        TableName="orders",
        Key={"id": {"S": "idempotency#k1"}},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )

    assert client.place(key="k1", customer="c-43").status_code == 201


def test_orders_without_a_key_are_separate_orders(client, dynamodb):
    client.place()
    client.place()

    assert _count_orders(dynamodb) == 2


def test_a_list_is_complete_and_paged_newest_first(client):
    placed = [client.place().json["id"] for _ in range(5)]
    client.place(customer="c-43")

    seen, cursor = [], ""
    while True:
        page = client.get(
            "/orders", params={"customer": "c-42", "limit": 2} | ({"cursor": cursor} if cursor else {})
        ).json
        seen += [order["id"] for order in page["orders"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break

    assert sorted(seen) == sorted(placed)
    assert seen == sorted(seen, key=lambda order_id: client.get(f"/orders/{order_id}").json["placed_at"], reverse=True)


def test_a_cursor_is_valid_for_its_customer_only(client):
    for _ in range(2):
        client.place()
    cursor = client.get("/orders", params={"customer": "c-42", "limit": 1}).json["next_cursor"]
    other = client.get("/orders", params={"customer": "c-43", "limit": 1, "cursor": cursor})

    assert other.json == {"orders": []}


def test_a_placed_order_can_be_cancelled_and_cancelling_is_idempotent(client):
    path = f"/orders/{client.place().json['id']}"

    for _ in range(2):
        response = client.post(f"{path}/cancel")
        assert (response.status_code, response.json["status"]) == (200, "CANCELLED")
    assert client.get(path).json["status"] == "CANCELLED"


def test_an_order_in_fulfilment_cannot_be_cancelled(client, service):
    order_id = client.place().json["id"]
    service.check(order_id)
    service.start_fulfilling(order_id)
    response = client.post(f"/orders/{order_id}/cancel")

    assert response.status_code == 409
    assert (
        response.json["detail"]
        == "the order is FULFILLING; only an order that is PLACED or CHECKED can become CANCELLED"
    )


def _count_orders(dynamodb) -> int:
    return sum("status" in item for item in dynamodb.scan(TableName="orders")["Items"])
