"""Logs: one JSON object per line with its trace ID, without secrets and bodies."""

import logging
import sys
import time
from typing import Any

import msgspec

from orders.tracing import current_trace_id

_encoder = msgspec.json.Encoder(enc_hook=str)
_INTERVAL_SECONDS = 60


def start_logging(level: str) -> None:
    """Send every log record of this process to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RateLimitFilter("opentelemetry"))
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    logging.getLogger("botocore").setLevel(max(logging.WARNING, logging.root.level))
    # Log lines have no fields about threads and processes: do not collect them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON: time, level, logger, message, trace, the call's `fields`, error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace := current_trace_id():
            line["trace"] = trace
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return _encoder.encode(line).decode()


class RateLimitFilter(logging.Filter):
    """Passes each message of a library once a minute: an unavailable collector must not flood the log."""

    def __init__(self, library: str) -> None:
        super().__init__()
        self._library = library
        self._last_logged: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record."""
        if not record.name.startswith(self._library):
            return True
        last = self._last_logged.get(record.msg, float("-inf"))
        if record.created - last < _INTERVAL_SECONDS:
            return False
        self._last_logged[record.msg] = record.created
        return True
