"""X-Ray's trace IDs and sampling decisions for the OpenTelemetry SDK."""

import secrets
import time
from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceState,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.util.types import Attributes

from orders.tracing.header import sampling_decision

_PLACEHOLDER_SPAN_ID = 1


class XRayIdGenerator(IdGenerator):
    """Generates trace IDs that start with the time, as X-Ray requires, or continues a Root without a Parent.

    The random parts come from the operating system: with SnapStart, all execution environments of a Lambda function
    continue from one snapshot, with the same state of Python's own generator.
    """

    def generate_span_id(self) -> int:
        """Return a random span ID that is not zero."""
        return secrets.randbits(64) or 1

    def generate_trace_id(self) -> int:
        """Return the trace ID for a span without a parent."""
        continued = get_current_span().get_span_context().trace_id
        return continued or int(time.time()) << 96 | secrets.randbits(96)

    def is_trace_id_random(self) -> bool:
        """Whether the ID is fully random (W3C trace context, level 2); a part of it is the time."""
        return False


class XRaySampler(Sampler):
    """Applies the sampler of OTEL_TRACES_SAMPLER to decisions in X-Ray headers."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decide on a span: a decision in the header counts as the parent's; an open one is made here.

        Samplers that keep a ratio compare it with the trace ID. The ID of a header is chosen by the caller, who could
        choose one that is always sampled: the ratio applies to a random ID instead.
        """
        decision = sampling_decision(parent_context)
        if decision in ("0", "1"):
            parent_context = _as_parent(parent_context)
        elif decision is not None:
            parent_context, trace_id = Context(), secrets.randbits(128)
        return self._sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """Return the name of the sampler."""
        return f"XRay({self._sampler.get_description()})"


def _as_parent(context: Context | None) -> Context:
    """Return a context with a valid parent, so that samplers use its flag even if the header has no Parent."""
    parent = get_current_span(context).get_span_context()
    placeholder = SpanContext(
        parent.trace_id, parent.span_id or _PLACEHOLDER_SPAN_ID, is_remote=True, trace_flags=parent.trace_flags
    )
    return set_span_in_context(NonRecordingSpan(placeholder), Context())
