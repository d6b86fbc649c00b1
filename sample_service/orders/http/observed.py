"""One lean span and one log line for each request; health checks get neither."""

import logging
import time
from typing import Any

from opentelemetry.trace import Span

from orders.http.problems import Request, Response
from orders.tracing import enter_span, fail_span
from orders.tracing.header import NAME

logger = logging.getLogger("orders.access")

UNOBSERVED_PATHS = frozenset({"/livez", "/readyz"})


class Observed:
    """Middleware, the outermost one: what happens further inside belongs to the span it starts."""

    async def process_request(self, request: Request, _response: Response) -> None:
        """Start the span that continues the caller's trace."""
        if request.path in UNOBSERVED_PATHS:
            return
        request.context.started = time.perf_counter()
        request.context.span = enter_span(request.method, request.get_header(NAME))

    async def process_response(self, request: Request, response: Response, _resource: object, _succeeded: bool) -> None:
        """End the span and log the request, by the route's template: paths hold ids, queries hold customers."""
        span: Span | None = getattr(request.context, "span", None)
        if span is None:
            return
        route = request.uri_template or "unknown"
        status = response.status_code
        if span.is_recording():
            span.update_name(f"{request.method} {route}")
            span.set_attributes(_attributes(request, route, status))
            if status >= 500:
                fail_span(span, str(status))
        span.end()
        milliseconds = round((time.perf_counter() - request.context.started) * 1000, 1)
        fields = {"method": request.method, "route": route, "status": status, "ms": milliseconds}
        logger.info("request", extra={"fields": fields})


def _attributes(request: Request, route: str, status: int) -> dict[str, Any]:
    return {
        "http.request.method": request.method,
        "http.route": route,
        "http.response.status_code": status,
        "url.path": request.path,
        "url.scheme": request.scheme,
    }
