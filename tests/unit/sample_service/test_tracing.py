"""One trace ID for all parts of a request, without effects of tracing on requests."""

import random
import time

import botocore.session
import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased
from orders.tracing import current_trace_header, entry_span, trace_calls
from orders.tracing.header import context_from_header, header_of_invocation
from orders.tracing.xray import XRayIdGenerator, XRaySampler
from orders.workflow import run_step

from tests.unit.sample_service.conftest import body

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
TRACE_ID = 0x5759E988BD862E3FE1BE46A994272793
PARENT = "53995c3f42cd8ad8"


def test_a_request_is_one_server_span_with_its_aws_calls_as_children(client, spans):
    client.place()
    call, server = spans()

    assert (server.name, server.kind.name, server.parent) == ("POST /orders", "SERVER", None)
    assert (call.name, call.kind.name) == ("DynamoDB.TransactWriteItems", "CLIENT")
    assert call.parent.span_id == server.context.span_id
    assert server.attributes["http.response.status_code"] == 201
    assert call.attributes["rpc.method"] == "TransactWriteItems"


def test_a_root_without_a_parent_is_continued(client, spans):
    client.post("/orders/none/cancel", headers={"X-Amzn-Trace-Id": f"Root={ROOT}"})
    server = spans()[-1]

    assert (server.context.trace_id, server.parent) == (TRACE_ID, None)


def test_a_parent_is_continued_in_any_header(client, spans):
    header = f"Self=1-1-1;Root={ROOT}; Parent={PARENT};Sampled=1;Lineage=a87bd80c:1|68fd508a:5"
    client.get("/orders/none", headers={"X-Amzn-Trace-Id": header})
    server = spans()[-1]

    assert (server.context.trace_id, server.parent.span_id) == (TRACE_ID, int(PARENT, 16))


def test_an_unsampled_trace_stays_unsampled(client, spans):
    client.get("/orders/none", headers={"X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=0"})

    assert spans() == []


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", "Root=", "Root=1-x-y", f"Root=2{ROOT[1:]}", "Root=1-5759e988-bd862e3fe1be46a99427279 ", ";;=;"],
)
def test_an_invalid_header_starts_a_new_trace(client, spans, header):
    client.get("/orders/none", headers={"X-Amzn-Trace-Id": header})
    server = spans()[-1]

    assert server.parent is None
    assert abs((server.context.trace_id >> 96) - time.time()) < 5, "an X-Ray trace id begins with the time"


def test_health_checks_have_no_span(client, spans):
    client.get("/livez")

    assert all(span.kind.name != "SERVER" for span in spans())


def test_a_failed_aws_call_fails_its_span(dynamodb, spans):
    with entry_span("test", None), pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.get_item(TableName="nowhere", Key={"id": {"S": "x"}})
    call, _ = spans()

    assert call.attributes["error.type"] == "ResourceNotFoundException"
    assert call.status.status_code.name == "ERROR"


def test_the_workflow_continues_the_trace_of_the_order(client, service, dynamodb, spans):
    order_id = client.post("/orders", **_order(f"Root={ROOT};Parent={PARENT};Sampled=1")).json["id"]
    carried = dynamodb.get_item(TableName="orders", Key={"id": {"S": order_id}})["Item"]["trace"]["S"]
    run_step(service, {"action": "check", "order_id": order_id}, carried)

    assert {span.context.trace_id for span in spans()} == {TRACE_ID}
    placed = next(span for span in spans() if span.name == "POST /orders")
    checked = next(span for span in spans() if span.name == "check order")
    assert checked.parent.span_id == placed.context.span_id


def test_a_failing_step_fails_its_span(service, spans):
    with pytest.raises(Exception, match="ord_none"):
        run_step(service, {"action": "check", "order_id": "ord_none"}, None)

    assert spans()[-1].attributes["error.type"] == "UnknownOrder"


def test_an_interrupted_task_fails_its_span(spans):
    with pytest.raises(KeyboardInterrupt), entry_span("fulfil order", None):
        raise KeyboardInterrupt

    assert spans()[-1].attributes["error.type"] == "KeyboardInterrupt"


@pytest.mark.parametrize(
    ("header", "root_sampler", "sampled"),
    [
        (None, ALWAYS_OFF, False),
        (f"Root={ROOT}", ALWAYS_ON, True),
        (f"Root={ROOT}", ALWAYS_OFF, False),
        (f"Root={ROOT};Sampled=1", ALWAYS_OFF, True),
        (f"Root={ROOT};Sampled=0", ALWAYS_ON, False),
        (f"Root={ROOT};Parent={PARENT}", ALWAYS_ON, True),
        (f"Root={ROOT};Parent={PARENT};Sampled=?", ALWAYS_OFF, False),
        (f"Root={ROOT};Parent={PARENT};Sampled=1", ALWAYS_OFF, True),
        (f"Root={ROOT};Parent={PARENT};Sampled=0", ALWAYS_ON, False),
    ],
)
def test_a_sampling_decision_of_the_header_is_kept_and_an_open_one_is_made(header, root_sampler, sampled):
    result = XRaySampler(ParentBased(root_sampler)).should_sample(context_from_header(header), TRACE_ID, "any")

    assert result.decision.is_sampled() is sampled


FUNCTION_TRACE = "1-6a000000-000000000000000000000000"
OPEN, SAMPLED, NOT_SAMPLED = (f"Root={ROOT};Parent={PARENT}{end}" for end in ("", ";Sampled=1", ";Sampled=0"))


@pytest.mark.parametrize("callers", [OPEN, SAMPLED, NOT_SAMPLED, f"Root={ROOT}", ""])
@pytest.mark.parametrize(
    ("function_header", "continued_without_caller", "comes_first"),
    [
        (f"Root={FUNCTION_TRACE};Parent={PARENT};Sampled=1", f"Root={FUNCTION_TRACE};Parent={PARENT};Sampled=1", True),
        (
            f"Root={FUNCTION_TRACE};Parent={PARENT};Sampled=1;Lineage=a:0",
            f"Root={FUNCTION_TRACE};Parent={PARENT};Sampled=1;Lineage=a:0",
            True,
        ),
        (f"Root={FUNCTION_TRACE};Parent={PARENT};Sampled=0;Lineage=1:a87bd80c:0", f"Root={FUNCTION_TRACE}", False),
        (f"Root={FUNCTION_TRACE};Parent={PARENT};Sampled=0", f"Root={FUNCTION_TRACE}", False),
        (f"Root={FUNCTION_TRACE};Parent={PARENT}", f"Root={FUNCTION_TRACE}", False),
        (f"Root={FUNCTION_TRACE}", f"Root={FUNCTION_TRACE}", False),
        ("", "", False),
    ],
)
def test_lambdas_trace_is_continued_only_if_it_is_sampled(
    function_header, continued_without_caller, comes_first, callers
):
    expected = continued_without_caller if comes_first or not callers else callers

    assert header_of_invocation(function_header, callers) == expected


def test_trace_ids_differ():
    generate = XRayIdGenerator().generate_trace_id

    assert len({generate() for _ in range(1000)}) == 1000


def test_a_header_is_passed_on_without_tracing():
    token = context.attach(context_from_header(f"Root={ROOT}"))
    assert current_trace_header() == f"Root={ROOT}"
    context.detach(token)
    assert current_trace_header() == ""


def test_the_context_ends_with_the_step():
    with entry_span("test", f"Root={ROOT};Sampled=1"):
        assert current_trace_header().startswith(f"Root={ROOT};Parent=")
    assert not trace.get_current_span().get_span_context().trace_id


def _order(header: str) -> dict[str, object]:
    return {"json": body(), "headers": {"X-Amzn-Trace-Id": header}}


def test_clients_of_a_traced_session_have_spans(dynamodb, spans):  # noqa: ARG001 - creates the table
    session = botocore.session.get_session()
    trace_calls(session)
    client = session.create_client("dynamodb", "us-east-1")
    with entry_span("session", f"Root={ROOT};Parent={PARENT};Sampled=1"):
        client.get_item(TableName="orders", Key={"id": {"S": "none"}})

    assert [span.name for span in spans()][-2:] == ["DynamoDB.GetItem", "session"]


def test_execution_environments_that_continue_from_one_snapshot_generate_different_ids() -> None:
    """SnapStart copies the state of Python's generator."""
    generator, snapshot = XRayIdGenerator(), random.getstate()
    first = generator.generate_trace_id(), generator.generate_span_id()
    random.setstate(snapshot)
    second = generator.generate_trace_id(), generator.generate_span_id()
    assert not set(first) & set(second)
