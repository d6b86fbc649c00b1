"""The trace of one order as a tree: its nodes, their sources, and the missing parts."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from deployment import execution, traces
from deployment.execution import Execution
from deployment.results import TRACE_PARTS
from deployment.traces import Span
from tests.example_results import TRACE_ID

START = datetime(2026, 11, 24, 11, tzinfo=UTC)
ECS = "arn:aws:states:::ecs:runTask.waitForTaskToken"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def span(name: str, span_id: str, parent: str = "", *, begins: float = 0, kind: str = "internal") -> Span:
    start_ns = int(at(begins).timestamp() * 1e9)
    return Span(
        name=name,
        trace_id=traces.hex_id(TRACE_ID),
        span_id=span_id,
        parent_id=parent,
        service="orders",
        kind=kind,
        start_ns=start_ns,
        end_ns=start_ns + 5_000_000,
        failed=False,
    )


def entered(name: str, seconds: float, kind: str = "Task") -> dict:
    return {"type": f"{kind}StateEntered", "timestamp": at(seconds), "stateEnteredEventDetails": {"name": name}}


def left(name: str, seconds: float, kind: str = "Task") -> dict:
    return {"type": f"{kind}StateExited", "timestamp": at(seconds), "stateExitedEventDetails": {"name": name}}


def scheduled(resource: str, seconds: float) -> dict:
    details = {"resourceType": "states", "resource": resource}
    return {"type": "TaskScheduled", "timestamp": at(seconds), "taskScheduledEventDetails": details}


def broken(seconds: float) -> dict:
    details = {"error": "Lambda.Unknown", "cause": "x"}
    return {"type": "TaskFailed", "timestamp": at(seconds), "taskFailedEventDetails": details}


HISTORY = [
    {"type": "ExecutionStarted", "timestamp": at(1)},
    entered("Remember", 1, "Pass"),
    left("Remember", 1, "Pass"),
    entered("Check order", 1),
    scheduled("arn:aws:states:::lambda:invoke", 1),
    left("Check order", 2),
    entered("Fulfil order", 2),
    scheduled(ECS, 2),
    left("Fulfil order", 6),
    entered("Record the end", 6),
    scheduled("arn:aws:states:::dynamodb:updateItem", 6),
    left("Record the end", 6.1),
    {"type": "ExecutionSucceeded", "timestamp": at(6.2)},
]
SPANS = [
    span("POST /orders", "a1", begins=0, kind="server"),
    span("DynamoDB.TransactWriteItems", "a2", "a1", begins=0),
    span("check order", "b1", "a1", begins=1.2),
    span("DynamoDB.TransactWriteItems", "b2", "b1", begins=1.3),
    span("fulfil order", "c1", "a1", begins=5),
]


def ran(trace_id: str = TRACE_ID, history: list[dict] = HISTORY) -> Execution:
    return Execution(
        name="e1",
        input=f'[{{"order_id": "ord_1", "trace": "Root={trace_id};Sampled=1"}}]',
        status="SUCCEEDED",
        started=at(1),
        ended=at(6.2),
        states=tuple(execution.states(history)),
    )


def build(spans=tuple(SPANS), run=None):
    return traces.build(TRACE_ID, "ord_1", spans, run)


def drawn(trace) -> list[tuple[str, str, str]]:
    return [(node.part, node.name, node.source) for node in traces.walk(trace.root)]


def test_the_whole_trace_is_one_tree():
    trace = build(run=ran())
    assert trace.missing == []
    assert drawn(trace) == [
        ("http", "POST /orders", "span"),
        ("call", "DynamoDB.TransactWriteItems", "span"),
        ("pipe", "table stream → state machine", "input"),
        ("workflow", "e1", "history"),
        ("state", "Check order", "history"),
        ("lambda", "check order", "span"),
        ("call", "DynamoDB.TransactWriteItems", "span"),
        ("state", "Fulfil order", "history"),
        ("fargate task", "fulfil order", "span"),
        ("step", "Record the end", "history"),
    ]
    assert trace.summary == "http → pipe → workflow → lambda → fargate task"


@pytest.mark.parametrize(
    ("gone", "part"), [("POST /orders", "http"), ("check order", "lambda"), ("fulfil order", "fargate task")]
)
def test_a_span_that_did_not_arrive_is_missing_and_not_in_the_tree(gone, part):
    trace = build([span for span in SPANS if span.name != gone], ran())
    assert trace.missing == [part]
    assert part not in {node.part for node in traces.walk(trace.root)}


def test_a_span_names_the_target_or_step_that_sent_it():
    origins = {"POST /orders": "ecs-fargate", "check order": "Check", "fulfil order": "Fulfil"}
    sent = [
        dataclasses.replace(one, resource={"microservice.target": origins.get(one.name, "ecs-fargate")})
        for one in SPANS
    ]
    notes = {node.part: node.note for node in traces.walk(build(sent, ran()).root) if node.source == "span"}
    assert notes == {"http": "ecs-fargate", "lambda": "Check", "fargate task": "Fulfil", "call": ""}


def test_without_an_execution_everything_after_the_request_is_missing():
    assert build().missing == ["pipe", "workflow", "lambda", "fargate task"]


def test_an_execution_with_another_trace_id_was_not_started_by_this_pipe():
    assert build(run=ran("1-00000000-000000000000000000000000")).missing == ["pipe"]


def test_without_any_data_the_tree_is_empty():
    trace = build([])
    assert trace.root is None
    assert trace.missing == list(TRACE_PARTS)


def test_a_span_outside_a_state_is_not_part_of_it():
    late = [*SPANS[:2], span("check order", "b1", "a1", begins=60), SPANS[-1]]
    assert build(late, ran()).missing == ["lambda"]


def test_the_part_of_a_state_is_the_service_that_it_calls():
    parts = {state.name: state.part for state in execution.states(HISTORY)}
    assert parts == {"Remember": "", "Check order": "lambda", "Fulfil order": "fargate task", "Record the end": "step"}


def test_a_retried_state_has_a_note():
    history = [entered("Check order", 1), scheduled("lambda", 1), broken(2), scheduled("lambda", 3), left("x", 4)]
    [state] = execution.states(history)
    assert state.note == "Lambda.Unknown, 1×"
    assert state.duration_ms == 3000


def test_a_step_that_never_ended_has_no_duration():
    [state] = execution.states([entered("Fulfil order", 2), scheduled(ECS, 2)])
    assert state.duration_ms is None


@pytest.mark.parametrize(
    ("given", "order"),
    [
        ('[{"order_id": "ord_1"}]', "ord_1"),
        ('{"order_id": "ord_1"}', "ord_1"),
        ("[]", ""),
        ("7", ""),
        ("nonsense", ""),
    ],
)
def test_the_order_of_an_execution_is_read_from_its_input(given, order):
    assert execution.order_in(given) == order


def test_trace_ids_have_the_same_digits_in_both_formats():
    assert traces.hex_id("1-67432e00-0123456789abcdef01234567") == "67432e000123456789abcdef01234567"


def test_a_history_without_states_has_none():
    assert list(execution.states([])) == []
