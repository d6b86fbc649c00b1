"""Lambda handler for steps of the workflow: check an order, or compensate after a failure."""

import os
from typing import Any

from orders.dependencies import order_service
from orders.logs import start_logging
from orders.settings import Settings
from orders.tracing import start_tracing
from orders.tracing.header import header_of_invocation
from orders.workflow import run_step

FLUSH_SECONDS = 0.5

_settings = Settings.from_environment()
start_logging(_settings.log_level)
_tracing = start_tracing()
_service = order_service(_settings)


def handler(event: dict[str, Any], _context: Any) -> dict[str, str | None]:
    """Run the step `event["action"]` in the trace of the request that placed the order."""
    trace = event.get("trace") or header_of_invocation(os.environ.get("_X_AMZN_TRACE_ID", ""), "")
    try:
        return run_step(_service, event, trace)
    finally:
        _tracing.flush(FLUSH_SECONDS)
