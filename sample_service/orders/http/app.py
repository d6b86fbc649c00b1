"""The HTTP API as an ASGI application."""

from typing import Any

import falcon.asgi

from orders.http.documentation import DocsResource, OpenApiResource
from orders.http.middleware import ForcedTracing, SecurityHeaders, TokenAuthentication, TracingMiddleware
from orders.http.problems import add_problem_handlers
from orders.http.resources import (
    CancellationResource,
    LivenessResource,
    OrderResource,
    OrdersResource,
    ReadinessResource,
)
from orders.order_service import OrderService
from orders.threads import Runner, ThreadRunner
from orders.token import ApiToken

App = falcon.asgi.App[Any, Any]


def build_app(service: OrderService, token: ApiToken, runner: Runner | None = None) -> App:
    """Build the application. `runner` runs blocking calls. Default: threads."""
    # Separate threads, so that requests with wrong tokens do not use those of the table.
    token_runner = runner or ThreadRunner(2)
    runner = runner or ThreadRunner()
    app: App = falcon.asgi.App(
        middleware=[
            TracingMiddleware(),
            SecurityHeaders(),
            TokenAuthentication(token, token_runner),
            ForcedTracing(),
        ]
    )
    add_problem_handlers(app)
    app.add_route("/orders", OrdersResource(service, runner))
    app.add_route("/orders/{order_id}", OrderResource(service, runner))
    app.add_route("/orders/{order_id}/cancel", CancellationResource(service, runner))
    app.add_route("/livez", LivenessResource())
    app.add_route("/readyz", ReadinessResource(service, runner))
    app.add_route("/openapi.json", OpenApiResource())
    app.add_route("/docs", DocsResource())
    return app
