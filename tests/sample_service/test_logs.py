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
def lines(caplog):
    caplog.set_level("DEBUG", logger="orders")
    caplog.handler.setFormatter(JsonLines())
    return lambda: [json.loads(line) for record in caplog.records for line in [_line(record)]]


def _line(record: logging.LogRecord) -> str:
    line = JsonLines().format(record)
    assert "\n" not in line
    return line


def test_a_request_is_one_line(client, capsys):
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    client_log = logging.getLogger("orders.access")
    records: list[str] = []
    handler.emit = lambda record: records.append(handler.format(record))
    client_log.addHandler(handler)
    client_log.setLevel("INFO")
    try:
        client.post("/orders/ord_1/cancel", headers={"X-Amzn-Trace-Id": f"Root={ROOT}"})
    finally:
        client_log.removeHandler(handler)
    [line] = map(json.loads, records)

    assert line["trace"] == ROOT
    assert (line["method"], line["route"], line["status"]) == ("POST", "/orders/{order_id}/cancel", 404)
    assert line["ms"] >= 0


def test_health_checks_are_not_logged(client, lines):
    client.get("/livez")

    assert not [line for line in lines() if line["logger"] == "orders.access"]


def test_neither_token_nor_body_nor_stack_of_a_client_reaches_the_log(client, lines, monkeypatch):
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
    client.get("/orders/ord_1")
    [line] = [line for line in lines() if line["level"] == "ERROR"]

    assert "RuntimeError: inside" in line["error"]


def test_the_trace_of_a_step_is_in_its_lines(lines):
    with entry_span("test", f"Root={ROOT}"):
        line = json.loads(JsonLines().format(logging.makeLogRecord({"msg": "in %s", "args": ("step",)})))

    assert (line["message"], line["trace"]) == ("in step", ROOT)
