"""Spans for incoming requests, messages and tasks, and for calls to AWS."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from orders.tracing.header import context_from_header

_tracer = trace.get_tracer("orders")
_SPAN = "orders.span"

logger = logging.getLogger(__name__)


def enter_span(
    name: str,
    header: str | None,
    kind: SpanKind = SpanKind.SERVER,
    *,
    may_force: bool = True,
    start_ns: int | None = None,
) -> Span:
    """Start a span in the trace of a header, and make it current for the rest of this task or thread.

    Args:
        name: Name of the span.
        header: The header; a new trace begins without a valid one.
        kind: Kind of the span. Default: the span of a request that this service serves.
        may_force: Whether Sampled=1 in the header is honoured. Default: it is.
        start_ns: Start in nanoseconds since the epoch. Default: now.
    """
    incoming = context_from_header(header, may_force=may_force)
    attach(incoming)
    span = _tracer.start_span(name, incoming, kind, start_time=start_ns)
    if span.get_span_context().is_valid:
        attach(set_span_in_context(span, Context()))
    return span


@contextmanager
def entry_span(name: str, header: str | None, **attributes: str) -> Iterator[Span]:
    """Run a workflow step or task in a span, in the trace of a header; exceptions are logged and fail the span.

    So do interruptions, which are not an `Exception`.
    """
    token = attach(Context())
    span = enter_span(name, header, SpanKind.CONSUMER)
    try:
        span.set_attributes(attributes)
        yield span
    except BaseException as error:
        fail_span(span, type(error).__name__)
        logger.exception("%s: %s", name, type(error).__name__)
        raise
    finally:
        span.end()
        detach(token)


def fail_span(span: Span, reason: str) -> None:
    """Mark a span as failed."""
    span.set_attribute("error.type", reason)
    span.set_status(Status(StatusCode.ERROR))


def trace_calls(events: Any) -> None:
    """Create a span for each AWS call in a sampled trace.

    Args:
        events: A botocore session, for all clients that it creates afterwards, or the events of one client.
    """
    events.register("before-call", _start_call)
    events.register("after-call", _end_call)
    events.register("after-call-error", _fail_call)


def _start_call(model: Any, context: dict[str, Any], **_: Any) -> None:
    if not trace.get_current_span().is_recording():
        return
    service = model.service_model.service_id.replace(" ", "")
    attributes = {"rpc.system": "aws-api", "rpc.service": service, "rpc.method": model.name}
    context[_SPAN] = _tracer.start_span(f"{service}.{model.name}", kind=SpanKind.CLIENT, attributes=attributes)


def _end_call(parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    span: Span | None = context.pop(_SPAN, None)
    if span is None:
        return
    metadata = parsed.get("ResponseMetadata", {})
    span.set_attribute("http.response.status_code", metadata.get("HTTPStatusCode", 0))
    span.set_attribute("aws.request_id", metadata.get("RequestId", ""))
    if "Error" in parsed:
        fail_span(span, parsed["Error"].get("Code", "unknown"))
    span.end()


def _fail_call(exception: Exception, context: dict[str, Any], **_: Any) -> None:
    span: Span | None = context.pop(_SPAN, None)
    if span is not None:
        fail_span(span, type(exception).__name__)
        span.end()
