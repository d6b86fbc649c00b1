"""Middleware: tracing and the access log, response headers, and authentication."""

import logging
import time
from typing import Any

import falcon
from opentelemetry.trace import Span

from orders.http.problems import Request, Response
from orders.threads import Runner, SingleFlight
from orders.token import ApiToken
from orders.tracing import enter_span, fail_span
from orders.tracing.forced import ForcedTraces
from orders.tracing.header import NAME, forces_trace

PUBLIC_PATHS = frozenset({"/livez", "/readyz", "/openapi.json", "/docs"})
REFRESH_SECONDS = 0.5  # that a request with an unknown token waits for Secrets Manager
UNTRACED_PATHS = frozenset({"/livez", "/readyz"})
RESPONSE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",  # a year
}

access_log = logging.getLogger("orders.access")


class TracingMiddleware:
    """One span and one log line for each request except health checks. Must be the outermost middleware."""

    async def process_request(self, request: Request, _response: Response) -> None:
        """Start a span in the caller's trace, sampled by the ratio: the caller is not authenticated yet."""
        if request.path in UNTRACED_PATHS:
            return
        request.context.started = time.perf_counter()
        request.context.started_ns = time.time_ns()
        request.context.span = enter_span(_method(request), request.get_header(NAME), may_force=False)

    async def process_response(self, request: Request, response: Response, _resource: object, _succeeded: bool) -> None:
        """End the span and log the request with its route: paths contain IDs, queries contain customers."""
        span: Span | None = getattr(request.context, "span", None)
        if span is None:
            return
        route = request.uri_template or "unknown"
        status = response.status_code
        if span.is_recording():
            span.update_name(f"{_method(request)} {route}")
            span.set_attributes(_attributes(request, route, status))
            if status >= 500:
                fail_span(span, str(status))
        span.end()
        milliseconds = round((time.perf_counter() - request.context.started) * 1000, 1)
        fields = {"method": request.method, "route": route, "status": status, "ms": milliseconds}
        access_log.info("request", extra={"fields": fields})


class ForcedTracing:
    """Records the request of an authenticated caller that asks for it with Sampled=1. Must follow authentication."""

    def __init__(self, forced: ForcedTraces | None = None) -> None:
        self._forced = forced or ForcedTraces()

    async def process_request(self, request: Request, _response: Response) -> None:
        """Replace a span that is not recorded, if the caller may force one more trace."""
        if request.path in PUBLIC_PATHS or request.context.span.is_recording():
            return
        header = request.get_header(NAME)
        if forces_trace(header) and self._forced.take():
            request.context.span = enter_span(_method(request), header, start_ns=request.context.started_ns)


class SecurityHeaders:
    """The same headers on each response, including errors."""

    async def process_response(self, _request: Request, response: Response, _resource: object, _ok: bool) -> None:
        """Set the headers."""
        response.set_headers(RESPONSE_HEADERS)


class TokenAuthentication:
    """Requires `Authorization: Bearer <token>`, except for health checks and documentation."""

    def __init__(self, token: ApiToken, runner: Runner) -> None:
        self._token = token
        self._refresh = SingleFlight(runner, token.refresh, seconds=REFRESH_SECONDS)

    async def process_request(self, request: Request, _response: Response) -> None:
        """Reject a request without a valid token. A known token never waits for Secrets Manager.

        Raises:
            falcon.HTTPUnauthorized: the token is absent or wrong.
        """
        if request.path in PUBLIC_PATHS:
            return
        scheme, _, candidate = request.get_header("Authorization", default="").partition(" ")
        if scheme.lower() != "bearer" or not candidate:
            raise _unauthorized("the header Authorization: Bearer <token> is missing")
        if self._token.matches(candidate):
            self._token.refresh_in_background()
            return
        if self._token.may_change():
            await self._refresh.run()
        if not self._token.matches(candidate):
            raise _unauthorized("the token is not the current one")


def _unauthorized(description: str) -> falcon.HTTPUnauthorized:
    return falcon.HTTPUnauthorized(description=description, challenges=['Bearer realm="orders"'])


def _attributes(request: Request, route: str, status: int) -> dict[str, Any]:
    """Return the attributes of a span: without the path, which contains IDs, or anything else for unknown routes."""
    return {
        "http.request.method": _method(request),
        "http.route": route,
        "http.response.status_code": status,
        "url.scheme": request.scheme,
    }


def _method(request: Request) -> str:
    """Return the method; `_OTHER`, as OpenTelemetry names it, for one that is not standard."""
    return request.method if request.method in falcon.COMBINED_METHODS else "_OTHER"
