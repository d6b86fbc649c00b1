"""Logs are JSON lines that name the trace; no secret, no body and no id of a customer is in them."""

import json
import logging

import pytest
from orders.logs import JsonLines
from orders.table import OrdersTable
from orders.tracing import entry_span

from tests.sample_service.conftest import TOKEN

ROOT = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture
def lines():
    """The lines that were logged since, each formatted when it was."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(JsonLines().format(record))
    logging.root.addHandler(handler)
    logging.getLogger("orders").setLevel("DEBUG")
    yield lambda: [json.loads(line) for line in lines]
    logging.root.removeHandler(handler)


def test_a_request_is_one_line(client, lines):
    client.post("/orders/ord_1/cancel", headers={"X-Amzn-Trace-Id": f"Root={ROOT}"})
    [line] = [line for line in lines() if line["logger"] == "orders.access"]

    assert line["trace"] == ROOT
    assert (line["method"], line["route"], line["status"]) == ("POST", "/orders/{order_id}/cancel", 404)
    assert line["ms"] >= 0


def test_health_checks_are_not_logged(client, lines):
    client.get("/livez")

    assert not [line for line in lines() if line["logger"] == "orders.access"]


def test_neither_token_nor_body_nor_stack_of_a_client_reaches_the_log(client, lines):
    client.place(key="key-of-a-client")
    client.get("/orders?customer=c-42")
    client.get("/orders?customer=c-42", token="wrong-token")
    client.post("/orders", json={"customer": "secret customer"})
    logged = json.dumps(lines())

    assert "request" in logged
    for private in (TOKEN, "wrong-token", "c-42", "secret customer", "key-of-a-client"):
        assert private not in logged


def test_an_unexpected_error_is_logged_with_its_stack_in_one_line(client, lines, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(OrdersTable, "get", fail)
    client.get(f"/orders/ord_{0:032x}")
    [line] = [line for line in lines() if line["level"] == "ERROR"]

    assert "RuntimeError: inside" in line["error"]


def test_the_trace_of_a_step_is_in_its_lines(lines):
    with entry_span("test", f"Root={ROOT}"):
        logging.getLogger("orders").info("in %s", "step", extra={"fields": {"order": "ord_1"}})
    [line] = lines()

    assert (line["message"], line["trace"], line["order"]) == ("in step", ROOT, "ord_1")
