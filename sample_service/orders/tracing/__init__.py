"""Tracing with OpenTelemetry, in the words of X-Ray."""


def current_trace_header() -> str:
    """The trace of the present request as an X-Amzn-Trace-Id header."""
    return ""
