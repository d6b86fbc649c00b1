"""Logs are JSON lines with the trace ID, without secrets, bodies and customer IDs."""

import json
import logging

import pytest
from orders.logs import JsonFormatter
from orders.table import OrdersTable
from orders.tracing import entry_span

from tests.unit.sample_service.conftest import TOKEN

ROOT = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture
def lines():
    """The log lines of the test, formatted when they are logged."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(JsonFormatter().format(record))
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


def test_tokens_bodies_and_keys_are_not_logged(client, lines):
    client.place(key="key-of-a-client")
    client.get("/orders?customer=c-42")
    client.get("/orders?customer=c-42", token="wrong-token")
    client.post("/orders", json={"customer": "secret customer"})
    logged = json.dumps(lines())

    assert "request" in logged
    for private in (TOKEN, "wrong-token", "c-42", "secret customer", "key-of-a-client"):
        assert private not in logged


def test_an_unexpected_error_is_logged_with_its_stack_trace_in_one_line(client, lines, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(OrdersTable, "get", fail)
    client.get(f"/orders/ord_{0:032x}")
    [line] = [line for line in lines() if line["level"] == "ERROR"]

    assert "RuntimeError: inside" in line["error"]


def test_the_log_lines_of_a_step_have_its_trace(lines):
    with entry_span("test", f"Root={ROOT}"):
        logging.getLogger("orders").info("in %s", "step", extra={"fields": {"order": "ord_1"}})
    [line] = lines()

    assert (line["message"], line["trace"], line["order"]) == ("in step", ROOT, "ord_1")
