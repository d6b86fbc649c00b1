"""Tracing with OpenTelemetry, in the words of X-Ray."""

import os
from typing import Protocol

from orders.tracing.header import current_trace_header, current_trace_id
from orders.tracing.spans import enter_span, entry_span, fail_span, trace_calls

__all__ = [
    "RunningTracing",
    "current_trace_header",
    "current_trace_id",
    "enter_span",
    "entry_span",
    "fail_span",
    "start_tracing",
    "trace_calls",
]


class RunningTracing(Protocol):
    """What a process does with its tracing once it runs."""

    def flush(self, seconds: float) -> None:
        """Send what waits, if anything does; what takes longer is left to the background."""

    def shutdown(self, seconds: float) -> None:
        """Send what waits and stop; what takes longer is lost."""


def start_tracing() -> RunningTracing:
    """Switch tracing on, unless OTEL_SDK_DISABLED=true; without it, trace ids of others are still passed on."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return _NoTracing()
    from orders.tracing.export import XRayExporter
    from orders.tracing.provider import Tracing

    return Tracing(XRayExporter())


class _NoTracing:
    def flush(self, seconds: float) -> None:
        pass

    def shutdown(self, seconds: float) -> None:
        pass
