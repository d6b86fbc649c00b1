"""X-Amzn-Trace-Id, the header with the trace of a request.

`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`. Load balancers and API Gateway send Root
alone, Lambda adds Lineage; see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

Load balancers, API Gateway and function URLs pass the header of the caller on. A sampling decision in the header of a
request is therefore the caller's, until the caller is authenticated.
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
MAX_LENGTH = 512  # all fields that AWS documents are shorter than half of that
_DECISION = "orders.sampling-decision"
_ROOT_LENGTH = len("1-5759e988-bd862e3fe1be46a994272793")


def context_from_header(header: str | None, *, may_force: bool = True) -> Context:
    """Return the context of a header; empty if the header is absent, invalid, or longer than 512 characters.

    A Root without a Parent becomes a span context with a trace id and no span id. OpenTelemetry calls that invalid and
    starts a new trace; `XRayIdGenerator` then gives it the same id.

    Args:
        header: The header of a request, a message or a task.
        may_force: Whether Sampled=1 is a decision; otherwise it counts as open. Default: it is a decision.
    """
    fields = _fields(header)
    trace_id = _trace_id(fields.get("Root", ""))
    if not trace_id:
        return Context()
    decision = fields.get("Sampled", "")
    if decision == "1" and not may_force:
        decision = ""
    flags = TraceFlags(TraceFlags.SAMPLED if fields.get("Sampled") == "1" else TraceFlags.DEFAULT)
    parent = SpanContext(trace_id, _hex(fields.get("Parent", ""), 16), is_remote=True, trace_flags=flags)
    return set_value(_DECISION, decision, set_span_in_context(NonRecordingSpan(parent), Context()))


def header_of_invocation(function_header: str, caller_header: str) -> str:
    """Return the trace to continue in a Lambda function: Lambda's (_X_AMZN_TRACE_ID) or the caller's header.

    Lambda's header wins with Sampled=1, because it has Lambda's segment as parent. A function with tracing mode
    PassThrough receives Sampled=0, or Root alone, for undecided traces, so that 0 is not a decision there.
    """
    fields = function_header.split(";")
    if "Sampled=1" in fields:
        return function_header
    return caller_header or next((field for field in fields if field.startswith("Root=")), "")


def forces_trace(header: str | None) -> bool:
    """Whether a header asks for a trace, with Sampled=1 and a valid Root."""
    fields = _fields(header)
    return fields.get("Sampled") == "1" and _trace_id(fields.get("Root", "")) != 0


def sampling_decision(context: Context | None) -> str | None:
    """Return the sampling decision of a header: "1", "0", other text if it is open, None without a header."""
    decision = get_value(_DECISION, context)
    return decision if isinstance(decision, str) else None


def current_trace_header() -> str:
    """Return the current trace as a header for the next service; empty outside a trace."""
    current = get_current_span().get_span_context()
    if not current.trace_id:
        return ""
    parent = f";Parent={format_span_id(current.span_id)};Sampled={current.trace_flags & 1}" if current.span_id else ""
    return f"Root={format_xray_trace_id(current.trace_id)}{parent}"


def current_trace_id() -> str:
    """Return the current trace ID in X-Ray's format; empty outside a trace."""
    trace_id = get_current_span().get_span_context().trace_id
    return format_xray_trace_id(trace_id) if trace_id else ""


def format_xray_trace_id(trace_id: int) -> str:
    """Format a trace ID for X-Ray."""
    text = format_trace_id(trace_id)
    return f"1-{text[:8]}-{text[8:]}"


def _fields(header: str | None) -> dict[str, str]:
    if not header or len(header) > MAX_LENGTH:
        return {}
    return dict(part.strip().partition("=")[::2] for part in header.split(";"))


def _trace_id(root: str) -> int:
    if len(root) != _ROOT_LENGTH or not root.startswith("1-") or root[10] != "-":
        return 0
    return _hex(root[2:10] + root[11:], 32)


def _hex(text: str, length: int) -> int:
    if len(text) != length or not set(text) <= set("0123456789abcdefABCDEF"):
        return 0
    return int(text, 16)
