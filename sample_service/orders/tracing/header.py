"""X-Amzn-Trace-Id, the header that carries a trace through AWS.

`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`. Load balancers and API Gateway send Root
alone, Lambda adds Lineage; see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from opentelemetry.context import Context, get_value, set_value
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    format_span_id,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)

NAME = "X-Amzn-Trace-Id"
_DECISION = "orders.sampling-decision"
_ROOT_LENGTH = len("1-5759e988-bd862e3fe1be46a994272793")


def context_from(header: str | None) -> Context:
    """The context that a header carries; an empty one where it is absent or damaged.

    A Root without a Parent becomes a span context with a trace id and no span id. OpenTelemetry calls that invalid and
    starts a new trace; `XRayIdGenerator` then gives it the same id.
    """
    if not header:
        return Context()
    fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    trace_id = _trace_id(fields.get("Root", ""))
    if not trace_id:
        return Context()
    decision = fields.get("Sampled", "")
    flags = TraceFlags(TraceFlags.SAMPLED if decision == "1" else TraceFlags.DEFAULT)
    parent = SpanContext(trace_id, _hex(fields.get("Parent", ""), 16), is_remote=True, trace_flags=flags)
    return set_value(_DECISION, decision, set_span_in_context(NonRecordingSpan(parent), Context()))


def header_of_invocation(lambdas: str, callers: str) -> str:
    """The trace to continue in a Lambda function: Lambda's own (_X_AMZN_TRACE_ID) or the one the caller sent.

    Lambda's, if it says Sampled=1: it names Lambda's segment as the parent. A function whose tracing mode is
    PassThrough gets Sampled=0, or Root alone, for traces that nobody decided on; so a 0 there decides nothing.
    """
    fields = lambdas.split(";")
    if "Sampled=1" in fields:
        return lambdas
    return callers or next((field for field in fields if field.startswith("Root=")), "")


def decision_in(context: Context | None) -> str | None:
    """What a header said about sampling: "1", "0", something else where it left that open, None without a header."""
    decision = get_value(_DECISION, context)
    return decision if isinstance(decision, str) else None


def current_trace_header() -> str:
    """The present trace as a header for whoever comes next; empty outside of a trace."""
    here = get_current_span().get_span_context()
    if not here.trace_id:
        return ""
    parent = f";Parent={format_span_id(here.span_id)};Sampled={here.trace_flags & 1}" if here.span_id else ""
    return f"Root={xray_form(here.trace_id)}{parent}"


def current_trace_id() -> str:
    """The present trace's id as X-Ray writes it; empty outside of a trace."""
    trace_id = get_current_span().get_span_context().trace_id
    return xray_form(trace_id) if trace_id else ""


def xray_form(trace_id: int) -> str:
    """A trace id as X-Ray writes it."""
    text = format_trace_id(trace_id)
    return f"1-{text[:8]}-{text[8:]}"


def _trace_id(root: str) -> int:
    if len(root) != _ROOT_LENGTH or not root.startswith("1-") or root[10] != "-":
        return 0
    return _hex(root[2:10] + root[11:], 32)


def _hex(text: str, length: int) -> int:
    if len(text) != length or not set(text) <= set("0123456789abcdefABCDEF"):
        return 0
    return int(text, 16)
