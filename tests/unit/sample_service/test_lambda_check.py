"""The Lambda handler for steps of the workflow continues the order's trace, and logs failures in it."""

import importlib
import json
import logging
import sys

import pytest
from orders.logs import JsonFormatter

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
FUNCTION_TRACE = "1-6a000000-000000000000000000000000"
UNKNOWN = f"ord_{0:032x}"


@pytest.fixture
def handler(dynamodb, monkeypatch):  # noqa: ARG001 - creates the table
    monkeypatch.setenv("TABLE_NAME", "orders")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    monkeypatch.setattr("orders.logs.start_logging", lambda _: None)
    monkeypatch.delitem(sys.modules, "orders.lambda_check", raising=False)
    return importlib.import_module("orders.lambda_check").handler


@pytest.fixture
def errors():
    lines: list[str] = []
    log = logging.Handler(logging.ERROR)
    log.emit = lambda record: lines.append(JsonFormatter().format(record))
    logging.root.addHandler(log)
    yield lines
    logging.root.removeHandler(log)


@pytest.mark.parametrize(
    "event", [{"action": "check", "order_id": UNKNOWN}, {"action": "compensate", "order_id": UNKNOWN}, {"action": "x"}]
)
def test_a_failing_step_raises_and_logs_one_line_with_its_trace(handler, errors, event):
    with pytest.raises(Exception, match=f"{UNKNOWN}|the event must be") as failure:
        handler(event | {"trace": f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"}, None)
    [line] = map(json.loads, errors)

    assert line["trace"] == ROOT
    assert failure.type.__name__ in line["message"]
    assert failure.type.__name__ in line["error"]


@pytest.mark.parametrize(
    ("trace", "continued"),
    [({"trace": f"Root={ROOT}"}, ROOT), ({"trace": ""}, FUNCTION_TRACE), ({}, FUNCTION_TRACE)],
)
def test_the_orders_trace_has_priority_over_lambdas(handler, errors, monkeypatch, trace, continued):
    monkeypatch.setenv(
        "_X_AMZN_TRACE_ID", f"Root={FUNCTION_TRACE};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0"
    )
    with pytest.raises(Exception, match=UNKNOWN):
        handler({"action": "check", "order_id": UNKNOWN} | trace, None)

    assert json.loads(errors[0])["trace"] == continued
