"""Callers without a token cannot raise the number or size of exported spans; those with a token can, up to a limit."""

import json
import time

import pytest
from mangum import Mangum
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, ParentBasedTraceIdRatio
from orders.tracing import entry_span
from orders.tracing.forced import FORCED_AT_ONCE, ForcedTraces
from orders.tracing.header import MAX_LENGTH, context_from_header, forces_trace
from orders.tracing.provider import MAX_VALUE_LENGTH
from orders.tracing.xray import XRaySampler

from tests.unit.sample_service.conftest import TOKEN, body

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
# The lowest ID of all: a sampler that compares trace IDs with a ratio samples it at every ratio.
ALWAYS_SAMPLED = "1-5759e988-000000000000000000000001"
FORCED = {"X-Amzn-Trace-Id": f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"}
WITHOUT_TOKEN = [
    ("POST", "/orders", None),
    ("POST", "/orders", "wrong"),
    ("GET", f"/{'x' * 30_000}", None),
    ("GET", f"/{'x' * 30_000}", "wrong"),
    ("GET", "/docs", None),
    ("GET", "/openapi.json", None),
    ("GET", "/openapi.json", TOKEN),
    ("DELETE", "/orders/ord_1", None),
]
MAX_BYTES = 1000


@pytest.fixture
def unsampled(monkeypatch, exporter):  # noqa: ARG001 - starts tracing
    """The ratio samples no new trace."""
    monkeypatch.setattr(trace.get_tracer_provider().sampler, "_sampler", ParentBased(ALWAYS_OFF))


@pytest.fixture
def sampled(monkeypatch, exporter):  # noqa: ARG001 - starts tracing
    """The ratio samples every new trace."""
    monkeypatch.setattr(trace.get_tracer_provider().sampler, "_sampler", ParentBased(ALWAYS_ON))


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(("method", "path", "token"), WITHOUT_TOKEN, ids=lambda found: str(found)[:12])
@pytest.mark.parametrize("header", [FORCED, {"X-Amzn-Trace-Id": f"Root={ROOT};Sampled=1"}], ids=["parent", "root"])
def test_a_caller_without_a_token_forces_no_trace(client, spans, method, path, token, header):
    client.request(method, path, token=token, headers=header)

    assert spans() == []


@pytest.mark.usefixtures("unsampled")
def test_a_caller_with_a_token_forces_the_trace_of_a_request_and_its_workflow(client, spans, dynamodb):
    before = time.time_ns()
    order_id = client.post("/orders", json=body(), headers=FORCED).json["id"]
    call, server = spans()

    assert (server.name, call.parent.span_id) == ("POST /orders", server.context.span_id)
    assert f"{server.context.trace_id:032x}" == ROOT[2:].replace("-", "")
    assert before <= server.start_time <= call.start_time
    stored = dynamodb.get_item(TableName="orders", Key={"id": {"S": order_id}})["Item"]["trace"]["S"]
    assert stored == f"Root={ROOT};Parent={server.context.span_id:016x};Sampled=1"


@pytest.mark.usefixtures("unsampled")
def test_forced_traces_have_a_limit(client, spans, monkeypatch):
    monkeypatch.setattr("orders.tracing.forced.FORCED_A_SECOND", 0.0)
    for _ in range(3 * int(FORCED_AT_ONCE)):
        client.get("/orders/none", headers=FORCED)

    assert len([span for span in spans() if span.kind.name == "SERVER"]) == FORCED_AT_ONCE


def test_the_limit_is_refilled_with_time():
    now = 0.0
    forced = ForcedTraces(lambda: now)
    assert [forced.take() for _ in range(11)] == [True] * 10 + [False]
    now = 2.5
    assert [forced.take() for _ in range(3)] == [True, True, False]
    now = 1.0  # a restored snapshot can have an earlier clock
    assert not forced.take()
    now = 1000.0
    assert [forced.take() for _ in range(11)] == [True] * 10 + [False]


@pytest.mark.usefixtures("sampled")
def test_a_sampled_request_takes_nothing_from_the_limit(client, spans):
    for _ in range(2 * int(FORCED_AT_ONCE)):
        client.get("/orders/none", headers=FORCED)

    assert len([span for span in spans() if span.kind.name == "SERVER"]) == 2 * FORCED_AT_ONCE


@pytest.mark.parametrize("header", [f"Root={ALWAYS_SAMPLED}", f"Root={ALWAYS_SAMPLED};Sampled=1"])
def test_a_chosen_trace_id_is_sampled_by_the_ratio(header):
    sampler = XRaySampler(ParentBasedTraceIdRatio(0.05))
    context = context_from_header(header, may_force=False)
    trace_id = int(ALWAYS_SAMPLED[2:].replace("-", ""), 16)
    decisions = [sampler.should_sample(context, trace_id, "any").decision.is_sampled() for _ in range(2000)]

    assert 20 < sum(decisions) < 250


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(
    ("token", "function_header", "names"),
    [
        (None, "", []),
        ("wrong", FORCED["X-Amzn-Trace-Id"], []),
        (TOKEN, "", ["DynamoDB.TransactWriteItems", "POST /orders"]),
        (TOKEN, FORCED["X-Amzn-Trace-Id"], ["DynamoDB.TransactWriteItems", "POST /orders"]),
    ],
)
def test_the_same_applies_to_lambda_events(app, spans, token, function_header, names):
    from orders.tracing.header import header_of_invocation

    event = _event(token, path="/orders")
    event["headers"]["x-amzn-trace-id"] = header_of_invocation(function_header, FORCED["X-Amzn-Trace-Id"])
    Mangum(app, lifespan="off")(event, None)

    assert [span.name for span in spans()] == names


@pytest.mark.usefixtures("sampled")
@pytest.mark.parametrize(("method", "path", "token"), WITHOUT_TOKEN, ids=lambda found: str(found)[:12])
def test_a_span_is_small_whatever_the_caller_sends(client, spans, method, path, token):
    large = {"X-Amzn-Trace-Id": f"Root={ROOT};Self={'x' * 30_000}", "User-Agent": "x" * 30_000}
    client.request(method, path, token=token, headers=large, query_string="x" * 30_000)

    assert 0 < encode_spans(spans()).ByteSize() < MAX_BYTES


@pytest.mark.usefixtures("sampled")
def test_a_span_of_a_lambda_event_is_small(app, spans):
    event = _event(None, path=f"/{'x' * 30_000}")
    event["requestContext"]["http"]["method"] = "X" * 30_000
    event["headers"]["x-forwarded-proto"] = "x" * 30_000
    Mangum(app, lifespan="off")(event, None)
    [span] = spans()

    assert encode_spans([span]).ByteSize() < MAX_BYTES
    assert span.attributes["http.request.method"] == "_OTHER"


@pytest.mark.usefixtures("sampled")
def test_paths_with_ids_are_not_in_spans(client, spans):
    client.get("/orders/ord_secret", query_string="customer=c-42")

    assert spans()[-1].attributes["http.route"] == "/orders/{order_id}"
    assert "secret" not in str([span.to_json() for span in spans()])


@pytest.mark.usefixtures("sampled")
def test_long_values_of_attributes_are_truncated(spans):
    with entry_span("step", None, order_id="x" * 30_000):
        pass

    assert len(spans()[0].attributes["order_id"]) == MAX_VALUE_LENGTH


def test_a_header_that_is_too_long_is_ignored():
    valid = f"Root={ROOT};Sampled=1;Self="
    assert forces_trace(valid.ljust(MAX_LENGTH, "x"))
    assert not forces_trace(valid.ljust(MAX_LENGTH + 1, "x"))
    assert not context_from_header(valid.ljust(MAX_LENGTH + 1, "x"))


@pytest.mark.parametrize(
    "header", [None, "", "Sampled=1", "Root=1-x-y;Sampled=1", f"Root={ROOT}", f"Root={ROOT};Sampled=0"]
)
def test_other_headers_force_nothing(header):
    assert not forces_trace(header)


def _event(token: str | None, *, path: str) -> dict:
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "orders", "content-type": "application/json"}
        | ({"authorization": f"Bearer {token}"} if token else {}),
        "requestContext": {"http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}},
        "body": json.dumps(body()),
        "isBase64Encoded": False,
    }
