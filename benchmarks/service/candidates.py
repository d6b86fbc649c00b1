"""The same endpoint in each framework: POST /orders with authentication, validation and error handling, no table."""

import hmac
import os
from collections.abc import Callable
from typing import Any

import msgspec
from orders.model import NewOrder

TOKEN = "sesame"  # noqa: S105 - not a secret
_decoder = msgspec.json.Decoder(NewOrder)


def _handle(body: bytes) -> bytes:
    new = _decoder.decode(body)
    total = sum(line.quantity * line.unit_price_minor for line in new.lines)
    return msgspec.json.encode({"id": "ord_1", "total_minor": total, "lines": new.lines})


def _is_authorized(header: str) -> bool:
    return hmac.compare_digest(header.encode(), f"Bearer {TOKEN}".encode())


async def bare(scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """The same endpoint without a framework: no routing, authentication and error handling."""
    if scope["path"] != "/orders":  # the request that measures the start-up
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    response = _handle(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(response)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": response})


def falcon() -> Any:
    """Falcon."""
    import falcon
    import falcon.asgi

    class Authentication:
        async def process_request(self, request: Any, _response: Any) -> None:
            if not _is_authorized(request.get_header("Authorization", default="")):
                raise falcon.HTTPUnauthorized

    class Orders:
        async def on_post(self, request: Any, response: Any) -> None:
            response.content_type = "application/json"
            response.data = _handle(await request.stream.read())

    async def invalid(_request: Any, response: Any, _error: Exception, _params: Any) -> None:
        response.status = falcon.HTTP_422

    app: Any = falcon.asgi.App(middleware=[Authentication()])
    app.add_error_handler(msgspec.ValidationError, invalid)
    app.add_route("/orders", Orders())
    return app


def starlette() -> Any:
    """Starlette."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    class Authentication:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            app = self.app if _is_authorized(header.decode()) else Response(status_code=401)
            await app(scope, receive, send)

    async def place(request: Request) -> Response:
        return Response(_handle(await request.body()), media_type="application/json")

    async def invalid(_request: Request, _error: Exception) -> Response:
        return Response(status_code=422)

    app = Starlette(
        routes=[Route("/orders", place, methods=["POST"])], exception_handlers={msgspec.ValidationError: invalid}
    )
    app.add_middleware(Authentication)
    return app


def blacksheep() -> Any:
    """BlackSheep."""
    from blacksheep import Application, Content, Request, Response

    app = Application()

    async def guard(request: Request, handler: Any) -> Response:
        header = request.get_first_header(b"authorization") or b""
        return await handler(request) if _is_authorized(header.decode()) else Response(401)

    async def place(request: Request) -> Response:
        return Response(200, content=Content(b"application/json", _handle(await request.read() or b"")))

    async def invalid(_app: Any, _request: Request, _error: Exception) -> Response:
        return Response(422)

    app.middlewares.append(guard)
    app.router.add_post("/orders", place)
    app.exceptions_handlers[msgspec.ValidationError] = invalid
    return app


def orders() -> Any:
    """The HTTP API of the service with a table that does nothing."""
    from orders.http.app import build_app
    from orders.logs import start_logging
    from orders.order_service import OrderService
    from orders.token import ApiToken, SecretVersions
    from orders.tracing import start_tracing

    class NoTable:
        def place(self, *_: Any, **__: Any) -> None:
            pass

        def is_reachable(self) -> bool:
            return True

    start_logging(os.environ.get("LOG_LEVEL", "INFO"))
    start_tracing()
    table: Any = NoTable()
    return build_app(OrderService(table), ApiToken(lambda: SecretVersions(TOKEN)))


def orders_with_table() -> Any:
    """The service as deployed, with the table of the environment."""
    from orders.dependencies import http_app
    from orders.logs import start_logging
    from orders.settings import Settings
    from orders.tracing import start_tracing

    settings = Settings.from_environment()
    start_logging(settings.log_level)
    start_tracing()
    return http_app(settings)
