"""Tracing with OpenTelemetry, in the format of X-Ray."""

import os
from typing import Protocol

from orders.tracing.header import current_trace_header, current_trace_id
from orders.tracing.spans import enter_span, entry_span, fail_span, trace_calls

__all__ = [
    "TracingHandle",
    "current_trace_header",
    "current_trace_id",
    "enter_span",
    "entry_span",
    "fail_span",
    "start_tracing",
    "trace_calls",
]


class TracingHandle(Protocol):
    """The tracing of a running process."""

    def flush(self, seconds: float) -> None:
        """Export pending spans; after the time limit, the export continues in the background."""

    def shutdown(self, seconds: float) -> None:
        """Export pending spans and stop; spans that exceed the time limit are lost."""


def start_tracing() -> TracingHandle:
    """Start tracing. With OTEL_SDK_DISABLED=true, only incoming trace IDs are passed on.

    On Lambda, the exporter is imported at once: initialization has more CPU and time than the flush after an
    invocation. No connection is opened, because all execution environments of a SnapStart snapshot would share it.
    """
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return _NoTracing()
    from orders.aws import session
    from orders.tracing.export import XRayExporter
    from orders.tracing.provider import Tracing

    trace_calls(session())
    exporter = XRayExporter()
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        exporter.prepare()
    return Tracing(exporter)


class _NoTracing:
    def flush(self, seconds: float) -> None:
        pass

    def shutdown(self, seconds: float) -> None:
        pass
