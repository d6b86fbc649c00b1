"""Trace of one order as a tree, from the received spans and the history of its execution.

A pipe and Step Functions send no OpenTelemetry spans. Their nodes come from the execution's input and history, and are
labelled with that source; a part without any data is reported as missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from deployment.execution import Execution, ExecutionState
from deployment.results import TRACE_PARTS, Trace, TraceNode

# The service's spans of the workflow's steps.
STEP_SPANS: Mapping[str, str] = {"lambda": "check order", "fargate task": "fulfil order"}


@dataclass(frozen=True, kw_only=True)
class Span:
    """One span that the service sent.

    Attributes:
        name: such as "POST /orders".
        trace_id: 32 hexadecimal digits.
        span_id: 16 hexadecimal digits.
        parent_id: 16 hexadecimal digits; "" for a root span.
        service: the resource's `service.name`.
        kind: "server", "client", "internal", "producer", "consumer" or "unspecified".
        start_ns: epoch nanoseconds.
        end_ns: epoch nanoseconds.
        failed: whether its status is an error.
        attributes: span attributes.
        resource: resource attributes.
    """

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    service: str
    kind: str
    start_ns: int
    end_ns: int
    failed: bool
    attributes: Mapping[str, Any] = field(default_factory=dict)
    resource: Mapping[str, Any] = field(default_factory=dict)


def decode(otlp: bytes) -> list[Span]:
    """Decode OTLP export requests, concatenated, into spans by start time."""
    found = [
        _span(span, _attributes(group.resource.attributes))
        for group in ExportTraceServiceRequest.FromString(otlp).resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]
    return sorted(found, key=lambda span: span.start_ns)


def _span(span: trace_pb2.Span, resource: dict[str, Any]) -> Span:
    return Span(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=str(resource.get("service.name", "")),
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        attributes=_attributes(span.attributes),
        resource=resource,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind) if kind else None


def hex_id(trace_id: str) -> str:
    """Convert X-Ray's `1-8 digits-24 digits` to OpenTelemetry's 32 digits."""
    return trace_id.removeprefix("1-").replace("-", "")


def build(trace_id: str, order: str, spans: Sequence[Span], execution: Execution | None) -> Trace:
    """Build the trace of one order.

    Args:
        trace_id: The trace ID of the request, in X-Ray's format.
        order: The order's ID.
        spans: All received spans of this trace.
        execution: The order's execution; None when it has none.
    """
    request = next((span for span in spans if span.kind == "server"), None)
    workflow = _workflow(trace_id, spans, execution)
    root = _span_node("http", request, spans) if request else None
    if root and workflow:
        root.children.append(workflow)
    top = root or workflow
    parts = {node.part for node in walk(top)} if top else set()
    missing = [part for part in TRACE_PARTS if part not in parts]
    return Trace(trace_id=trace_id, order=order, root=top, missing=missing)


def walk(node: TraceNode) -> Iterator[TraceNode]:
    """Yield every node of the tree, a parent before its children."""
    yield node
    for child in node.children:
        yield from walk(child)


def _workflow(trace_id: str, spans: Sequence[Span], execution: Execution | None) -> TraceNode | None:
    """Return the pipe with the execution below it; only the execution when its input has another trace ID."""
    if execution is None:
        return None
    states = [_state_node(state, spans) for state in execution.states]
    node = TraceNode(
        part="workflow",
        name=execution.name,
        source="history",
        duration_ms=execution.duration_ms,
        note=execution.status,
        children=[state for state in states if state],
    )
    if trace_id not in execution.input:
        return node
    return TraceNode(part="pipe", name="table stream → state machine", source="input", children=[node])


def _state_node(state: ExecutionState, spans: Sequence[Span]) -> TraceNode | None:
    """Return the node of a state that calls a service, with the service's own spans below it."""
    if not state.part:
        return None
    if state.part not in STEP_SPANS:
        return TraceNode(part=state.part, name=state.name, source="history", duration_ms=state.duration_ms)
    node = TraceNode(part="state", name=state.name, source="history", duration_ms=state.duration_ms, note=state.note)
    own = [span for span in spans if span.name == STEP_SPANS[state.part] and state.covers(span.start_ns)]
    node.children.extend(_span_node(state.part, span, spans) for span in own)
    return node


def _span_node(part: str, span: Span, spans: Sequence[Span]) -> TraceNode:
    return TraceNode(
        part=part,
        name=span.name,
        source="span",
        duration_ms=(span.end_ns - span.start_ns) / 1e6,
        note="error" if span.failed else _origin(part, span),
        children=[_span_node("call", child, spans) for child in _calls(span, spans)],
    )


def _origin(part: str, span: Span) -> str:
    """Return the target, or the workflow step, that sent the span; empty for calls, which their parent sent."""
    return "" if part == "call" else str(span.resource.get("microservice.target", ""))


def _calls(span: Span, spans: Iterable[Span]) -> list[Span]:
    # The parent of a step's span is the request, but its place in the tree is below its state.
    return [other for other in spans if other.parent_id == span.span_id and other.name not in STEP_SPANS.values()]
