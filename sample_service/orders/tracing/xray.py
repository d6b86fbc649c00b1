"""What OpenTelemetry's SDK needs to know about X-Ray: how ids are made, and who decides on sampling."""

import random
import time
from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
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

from orders.tracing.header import decision_in

_STAND_IN_SPAN_ID = 1


class XRayIdGenerator(RandomIdGenerator):
    """Trace ids that begin with the time, as X-Ray wants them; or the id of a Root that came without a Parent."""

    def generate_trace_id(self) -> int:
        """The id for a span without a parent."""
        continued = get_current_span().get_span_context().trace_id
        return continued or int(time.time()) << 96 | random.getrandbits(96)

    def is_trace_id_random(self) -> bool:
        """Whether all of an id is random (W3C trace context, level 2): a part is the time."""
        return False


class XRaySampler(Sampler):
    """Asks the sampler that OTEL_TRACES_SAMPLER names, after putting X-Ray's headers in its words."""

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
        """Decide on a span: a decision in the header is a parent's, one left open is ours."""
        decision = decision_in(parent_context)
        if decision is not None:
            parent_context = _as_parent(parent_context) if decision in ("0", "1") else Context()
        return self._sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """The sampler's name."""
        return f"XRay({self._sampler.get_description()})"


def _as_parent(context: Context | None) -> Context:
    """A context whose parent is valid, so that samplers heed its flag even if the header named no Parent."""
    parent = get_current_span(context).get_span_context()
    stand_in = SpanContext(
        parent.trace_id, parent.span_id or _STAND_IN_SPAN_ID, is_remote=True, trace_flags=parent.trace_flags
    )
    return set_span_in_context(NonRecordingSpan(stand_in), Context())
