"""The account finds each kind of loss, and none in a table that is right."""

import dataclasses
from typing import Any

import pytest

from deployment.load.accounting import Snapshot, StoredOrder, account, read_items
from deployment.load.clients import Placed
from deployment.load.order_stream import Kind, PlannedOrder


def planned(customer: str, kind: Kind = Kind.ORDINARY) -> PlannedOrder:
    return PlannedOrder(number=0, kind=kind, target="ecs", customer=customer, lines={"run-tea": 3})


def stored(identifier: str, status: str = "FULFILLED", **changes: Any) -> StoredOrder:
    shipment = f"shp_{identifier}" if status == "FULFILLED" else ""
    order = StoredOrder(
        id=identifier, customer=f"run-{identifier}", status=status, lines={"run-tea": 3}, shipment=shipment
    )
    return dataclasses.replace(order, **changes)


def placed(identifier: str, kind: Kind = Kind.ORDINARY, **changes: Any) -> Placed:
    return dataclasses.replace(Placed(order=planned(f"run-{identifier}", kind), ids={identifier}), **changes)


def snapshot(*orders: StoredOrder, **changes: Any) -> Snapshot:
    held = sum(order.status in ("CHECKED", "FULFILLING", "FULFILLED") for order in orders)
    shipments = {order.shipment: order.id for order in orders if order.shipment}
    found = Snapshot(orders=orders, stock={"run-tea": 1000 - 3 * held}, shipments=shipments)
    return dataclasses.replace(found, **changes)


def findings(clients: list[Placed], found: Snapshot) -> list[tuple[str, str]]:
    return [(finding.kind, finding.text) for finding in account(clients, found).findings]


def test_nothing_is_wrong():
    clients = [
        placed("one"),
        placed("two", Kind.SCARCE),
        placed("three", Kind.CANCELLED, cancellation=200),
        placed("four", Kind.CANCELLED, cancellation=409),
    ]
    found = snapshot(stored("one"), stored("two", "REJECTED"), stored("three", "CANCELLED"), stored("four"))
    result = account(clients, found)
    assert result.findings == []
    assert (result.accepted, result.unconfirmed, result.unplaced, result.cancellations) == (4, 0, 0, 1)
    assert result.statuses == {"FULFILLED": 2, "REJECTED": 1, "CANCELLED": 1}


def test_an_order_whose_client_received_no_response_counts_as_unconfirmed():
    clients = [placed("one", ids=set()), placed("two", ids=set())]
    result = account(clients, snapshot(stored("one")))
    assert (result.accepted, result.unconfirmed, result.unplaced, result.findings) == (0, 1, 1, [])


@pytest.mark.parametrize(
    ("clients", "found", "expected"),
    [
        pytest.param([placed("one")], snapshot(), ("lost", "is not in the table"), id="absent"),
        pytest.param([placed("one")], snapshot(stored("one", "CHECKED")), ("lost", "stays CHECKED"), id="not final"),
        pytest.param(
            [placed("one")],
            snapshot(stored("one"), stored("again", customer="run-one")),
            ("doubled", "one request made 2 orders"),
            id="two orders",
        ),
        pytest.param(
            [placed("one", ids={"one", "two"}), placed("two", ids=set())],
            snapshot(stored("one"), stored("two")),
            ("doubled", "2 order IDs"),
            id="two responses",
        ),
        pytest.param(
            [placed("one")],
            snapshot(stored("one"), shipments={"shp_one": "one", "shp_other": "one"}),
            ("doubled", "2 shipments"),
            id="two shipments",
        ),
        pytest.param([placed("one")], snapshot(stored("one", "FAILED")), ("undone", "it has failed"), id="failed"),
        pytest.param(
            [placed("one")],
            snapshot(stored("one", "FAILED"), shipments={"shp_one": "one"}),
            ("undone", "although it was shipped"),
            id="shipped and failed",
        ),
        pytest.param(
            [placed("one", Kind.CANCELLED, cancellation=200)],
            snapshot(stored("one", "CANCELLED"), shipments={"shp_one": "one"}),
            ("undone", "it was shipped, and is CANCELLED"),
            id="shipped and cancelled",
        ),
        pytest.param(
            [placed("one")],
            snapshot(stored("one", "CANCELLED")),
            ("undone", "no client cancelled it"),
            id="cancelled",
        ),
        pytest.param(
            [placed("one")], snapshot(stored("one", "REJECTED")), ("undone", "there is stock for it"), id="rejected"
        ),
        pytest.param(
            [placed("one", Kind.CANCELLED, cancellation=200)],
            snapshot(stored("one")),
            ("undone", "its cancellation was confirmed"),
            id="cancellation ignored",
        ),
        pytest.param(
            [placed("one")],
            snapshot(stored("one", shipment="")),
            ("undone", "has no shipment"),
            id="fulfilled without shipment",
        ),
        pytest.param([], snapshot(stored("one")), ("undone", "no client sent it"), id="unknown"),
        pytest.param(
            [placed("one")],
            snapshot(stored("one"), stock={"run-tea": 994}),
            ("stock", "994 available, expected 997"),
            id="stock taken twice",
        ),
        pytest.param(
            [placed("one", Kind.SCARCE)],
            snapshot(stored("one", "REJECTED"), stock={"run-tea": 1003}),
            ("stock", "1003 available, expected 1000"),
            id="stock given back twice",
        ),
        pytest.param([placed("one", ids=set(), rejection="422 no")], snapshot(), ("rejected", "422 no"), id="rejected"),
    ],
)
def test_what_must_not_happen_is_found(clients: list[Placed], found: Snapshot, expected: tuple[str, str]):
    [(kind, text)] = findings(clients, found)
    assert kind == expected[0]
    assert expected[1] in text


def test_items_of_other_streams_are_ignored():
    line = {"M": {"sku": {"S": "run-tea"}, "quantity": {"N": "3"}}}
    items = [
        {
            "id": {"S": "ord_1"},
            "status": {"S": "FULFILLED"},
            "customer": {"S": "run-1"},
            "lines": {"L": [line, line]},
            "shipment": {"S": "shp_1"},
        },
        {"id": {"S": "ord_2"}, "status": {"S": "PLACED"}, "customer": {"S": "other"}, "lines": {"L": [line]}},
        {"id": {"S": "shp_1"}, "order_id": {"S": "ord_1"}},
        {"id": {"S": "shp_2"}, "order_id": {"S": "ord_2"}},
        {"id": {"S": "stock#run-tea"}, "available": {"N": "994"}},
        {"id": {"S": "stock#tea-250g"}, "available": {"N": "1"}},
        {"id": {"S": "idempotency#run-1-key"}, "order_id": {"S": "ord_1"}},
    ]
    found = read_items(items, "run")
    order = StoredOrder(id="ord_1", customer="run-1", status="FULFILLED", lines={"run-tea": 6}, shipment="shp_1")
    assert found == Snapshot(orders=[order], stock={"run-tea": 994}, shipments={"shp_1": "ord_1"})
