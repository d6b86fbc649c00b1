"""The spans that the service sent to the emulator, as it would send them to X-Ray."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from local_aws.emulator.config import SPANS_FILE
from local_aws.environment import LocalEnvironment


@dataclass(frozen=True, kw_only=True)
class Span:
    """One span that the service sent.

    Attributes:
        name: such as "POST /orders".
        trace_id: 32 hexadecimal digits.
        span_id: 16 hexadecimal digits.
        parent_id: 16 hexadecimal digits, or "" for a root.
        service: `service.name` of the resource.
        kind: "server", "client", "internal", "producer", "consumer" or "unspecified".
        start_ns: epoch nanoseconds.
        end_ns: epoch nanoseconds.
        failed: whether its status is an error.
        attributes: span attributes; resource attributes are under `resource`.
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


def spans(running: LocalEnvironment, trace_id: str | None = None) -> list[Span]:
    """Spans the emulator received, of one trace if named (32 hexadecimal digits), in order of their start."""
    try:
        received = (running.directory / SPANS_FILE).read_bytes()
    except FileNotFoundError:
        return []
    found = [span for span in _decode(received) if trace_id in (None, span.trace_id)]
    return sorted(found, key=lambda span: span.start_ns)


def _decode(received: bytes) -> Iterator[Span]:
    for group in ExportTraceServiceRequest.FromString(received).resource_spans:
        resource = _attributes(group.resource.attributes)
        for scope in group.scope_spans:
            yield from (_span(span, resource) for span in scope.spans)


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
