"""Starting spans: where a request, a message or a task comes in, and around each call to AWS."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from orders.tracing.header import context_from

_tracer = trace.get_tracer("orders")
_SPAN = "orders.span"

logger = logging.getLogger(__name__)


def enter_span(name: str, header: str | None, kind: SpanKind = SpanKind.SERVER) -> Span:
    """Start a span that continues the trace in a header, and make it current for the rest of this task or thread."""
    incoming = context_from(header)
    attach(incoming)
    span = _tracer.start_span(name, incoming, kind)
    if span.get_span_context().is_valid:
        attach(set_span_in_context(span, Context()))
    return span


@contextmanager
def entry_span(name: str, header: str | None, **attributes: str) -> Iterator[Span]:
    """The span of a workflow step or task, in the trace of a header; an exception is logged and marks it as failed."""
    token = attach(Context())
    span = enter_span(name, header, SpanKind.CONSUMER)
    try:
        span.set_attributes(attributes)
        yield span
    except Exception as error:
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


def trace_calls(client: Any) -> None:
    """Give each call of a botocore client a span, if it is part of a trace that is sampled."""
    client.meta.events.register("before-call", _start_call)
    client.meta.events.register("after-call", _end_call)
    client.meta.events.register("after-call-error", _fail_call)


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
    answer = parsed.get("ResponseMetadata", {})
    span.set_attribute("http.response.status_code", answer.get("HTTPStatusCode", 0))
    span.set_attribute("aws.request_id", answer.get("RequestId", ""))
    if "Error" in parsed:
        fail_span(span, parsed["Error"].get("Code", "unknown"))
    span.end()


def _fail_call(exception: Exception, context: dict[str, Any], **_: Any) -> None:
    span: Span | None = context.pop(_SPAN, None)
    if span is not None:
        fail_span(span, type(exception).__name__)
        span.end()
