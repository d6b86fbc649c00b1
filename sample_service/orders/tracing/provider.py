"""The tracer provider: exports spans in the background, with limits on memory and time."""

import time
from collections.abc import Callable
from threading import Thread

from opentelemetry import trace
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from orders.tracing.xray import XRayIdGenerator, XRaySampler

MAX_SPANS_WAITING = 1024  # beyond that, the oldest are dropped
SPANS_PER_BATCH = 256
BATCH_MILLISECONDS = 1000
PAUSE_SECONDS = 60.0
MAX_VALUE_LENGTH = 256  # longer values of attributes are truncated: X-Ray bills spans by their size
SPAN_LIMITS = SpanLimits(max_span_attribute_length=MAX_VALUE_LENGTH, max_attributes=32, max_events=8, max_links=8)


class Tracing:
    """The tracing of this process."""

    def __init__(self, exporter: SpanExporter, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paused_until = float("-inf")
        self._spans = _SpanProcessor(
            exporter,
            max_queue_size=MAX_SPANS_WAITING,
            schedule_delay_millis=BATCH_MILLISECONDS,
            max_export_batch_size=SPANS_PER_BATCH,
        )
        # OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and OTEL_TRACES_SAMPLER are read by the SDK itself.
        resource = Resource({"service.name": "orders"}).merge(OTELResourceDetector().detect())
        provider = TracerProvider(
            resource=resource, id_generator=XRayIdGenerator(), shutdown_on_exit=False, span_limits=SPAN_LIMITS
        )
        provider.sampler = XRaySampler(provider.sampler)
        provider.add_span_processor(self._spans)
        trace.set_tracer_provider(provider)

    def flush(self, seconds: float) -> None:
        """Export pending spans; after the time limit, exports stay in the background for the next minute."""
        if self._spans.unsent and self._clock() >= self._paused_until:
            self._spans.unsent = False
            if not _finishes_within(seconds, self._spans.force_flush):
                self._paused_until = self._clock() + PAUSE_SECONDS

    def shutdown(self, seconds: float) -> None:
        """Export pending spans and stop; spans that exceed the time limit are lost."""
        _finishes_within(seconds, self._spans.shutdown)


class _SpanProcessor(BatchSpanProcessor):
    unsent = False

    def on_end(self, span: ReadableSpan) -> None:
        super().on_end(span)
        self.unsent = True


def _finishes_within(seconds: float, function: Callable[[], object]) -> bool:
    """Run a function in a thread. Returns whether it finishes within the time limit."""
    # The SDK accepts timeouts but ignores them (opentelemetry-python#4568).
    thread = Thread(target=function, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
