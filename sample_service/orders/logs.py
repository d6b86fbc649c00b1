"""Logs: one JSON object a line, with the trace it belongs to; never a secret, never a body."""

import logging
import sys
import time
from typing import Any

import msgspec

from orders.tracing import current_trace_id

_encoder = msgspec.json.Encoder(enc_hook=str)
_QUIET_SECONDS = 60


def start_logging(level: str) -> None:
    """Send every log record of this process to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    handler.addFilter(OnceAMinute("opentelemetry"))
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    logging.getLogger("botocore").setLevel(max(logging.WARNING, logging.root.level))
    # A service does not explain where its records were made.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class JsonLines(logging.Formatter):
    """A record as a JSON object: time, level, logger, message, trace, `fields` of the call, error."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
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


class OnceAMinute(logging.Filter):
    """Lets each message of a chatty library through once a minute: a dead collector must not flood the log."""

    def __init__(self, library: str) -> None:
        super().__init__()
        self._library = library
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log it."""
        if not record.name.startswith(self._library):
            return True
        last = self._said.get(record.msg, float("-inf"))
        if record.created - last < _QUIET_SECONDS:
            return False
        self._said[record.msg] = record.created
        return True
