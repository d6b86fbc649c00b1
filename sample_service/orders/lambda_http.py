"""Lambda handler for HTTP events of function URLs and HTTP APIs, payload format 2.0."""

import logging
import os
from http import HTTPStatus
from typing import Any

import msgspec
from mangum import Mangum

from orders.dependencies import http_app
from orders.http.middleware import RESPONSE_HEADERS
from orders.logs import start_logging
from orders.model import Problem
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
    headers = event.setdefault("headers", {})
    headers[_TRACE] = header_of_invocation(os.environ.get("_X_AMZN_TRACE_ID", ""), headers.get(_TRACE, ""))
    try:
        return _adapter(event, context)
    except ValueError:  # of Mangum, for a body that is not Base64, a host with two ports, or text that is not Unicode
        return _bad_request()
    finally:
        _tracing.flush(FLUSH_SECONDS)


def _bad_request() -> dict[str, Any]:
    status = HTTPStatus.BAD_REQUEST
    return {
        "statusCode": int(status),
        "headers": {"content-type": "application/problem+json", **RESPONSE_HEADERS},
        "body": msgspec.json.encode(Problem(title=status.phrase, status=status)).decode(),
        "isBase64Encoded": False,
    }
