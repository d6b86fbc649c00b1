"""Lambda handler for HTTP events of function URLs and HTTP APIs, payload format 2.0."""

import logging
import os
from typing import Any

from mangum import Mangum

from orders.dependencies import http_app
from orders.logs import start_logging
from orders.settings import Settings
from orders.threads import InlineRunner
from orders.tracing import start_tracing
from orders.tracing.header import NAME, header_of_invocation

FLUSH_SECONDS = 0.5
_TRACE = NAME.lower()  # events have header names in lower case

_settings = Settings.from_environment()
start_logging(_settings.log_level)
logging.getLogger("mangum").setLevel(logging.WARNING)  # it logs paths, which contain IDs
_tracing = start_tracing()
_app: Any = http_app(_settings, InlineRunner())  # Falcon and Mangum type the same protocol differently
_adapter = Mangum(_app, lifespan="off", text_mime_types=["text/", "application/json", "application/problem+json"])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle one request. Spans are exported before the response, because Lambda freezes the process afterwards."""
    headers = event["headers"]
    headers[_TRACE] = header_of_invocation(os.environ.get("_X_AMZN_TRACE_ID", ""), headers.get(_TRACE, ""))
    try:
        return _adapter(event, context)
    finally:
        _tracing.flush(FLUSH_SECONDS)
