"""Lambda handler of HTTP events: a function URL's or an HTTP API's, payload format 2.0."""

import logging
import os
from typing import Any

from mangum import Mangum

from orders.logs import start_logging
from orders.settings import Settings
from orders.threads import Inline
from orders.tracing import start_tracing
from orders.tracing.header import NAME, header_of_invocation
from orders.wiring import http_app

FLUSH_SECONDS = 0.5
_TRACE = NAME.lower()  # as all names of headers in an event

_settings = Settings.from_environment()
start_logging(_settings.log_level)
logging.getLogger("mangum").setLevel(logging.WARNING)  # it logs paths, which hold ids
_tracing = start_tracing()
_app: Any = http_app(_settings, Inline())  # Falcon and Mangum type the same protocol differently
_answer = Mangum(_app, lifespan="off", text_mime_types=["text/", "application/json", "application/problem+json"])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request. Spans leave before the answer does, for Lambda freezes the process right after it."""
    headers = event["headers"]
    headers[_TRACE] = header_of_invocation(os.environ.get("_X_AMZN_TRACE_ID", ""), headers.get(_TRACE, ""))
    try:
        return _answer(event, context)
    finally:
        _tracing.flush(FLUSH_SECONDS)
