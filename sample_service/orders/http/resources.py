"""The resources of the API."""

from typing import Annotated, Any

import falcon
import msgspec
from msgspec import Meta, Struct

from orders.http.cursor import decode_cursor, encode_cursor
from orders.http.problems import Request, Response
from orders.http.readiness import Readiness
from orders.identifiers import END
from orders.model import Customer, Health, NewOrder, OrderPage
from orders.order_service import OrderService
from orders.threads import Runner
from orders.tracing import current_trace_header
from orders.validation import parse_json, parse_parameters, read_body


class PlaceOrderHeaders(Struct, frozen=True, rename={"idempotency_key": "Idempotency-Key"}):
    """The headers of POST /orders."""

    idempotency_key: Annotated[
        str,
        # Two headers arrive as one value with a comma.
        Meta(
            pattern=r"^[\x21-\x2b\x2d-\x7e]{1,255}" + END,
            description="1 to 255 visible ASCII characters except commas, in one header",
        ),
    ] = ""


class ListOrdersQuery(Struct, frozen=True):
    """The parameters of GET /orders."""

    customer: Customer
    limit: Annotated[int, Meta(ge=1, le=100, description="an integer from 1 to 100")] = 20
    cursor: Annotated[str, Meta(max_length=200, description="next_cursor of the previous page")] = ""


class OrdersResource:
    """/orders."""

    def __init__(self, service: OrderService, runner: Runner) -> None:
        self._service = service
        self._runner = runner
        self._decoder = msgspec.json.Decoder(NewOrder)

    async def on_post(self, request: Request, response: Response) -> None:
        """Place an order."""
        key = request.get_header("Idempotency-Key")
        headers = parse_parameters({} if key is None else {"Idempotency-Key": key}, PlaceOrderHeaders)
        new = parse_json(await read_body(request), self._decoder)
        trace = current_trace_header()
        order = await self._runner.run(self._service.place, new, key=headers.idempotency_key, trace=trace)
        response.status = falcon.HTTP_201
        response.set_header("Location", f"/orders/{order.id}")
        _respond(response, order)

    async def on_get(self, request: Request, response: Response) -> None:
        """List a customer's orders, newest first."""
        query = parse_parameters(request.params, ListOrdersQuery)
        after = decode_cursor(query.cursor, query.customer) if query.cursor else None
        orders, end = await self._runner.run(self._service.table.page, query.customer, limit=query.limit, after=after)
        _respond(response, OrderPage(orders, next_cursor=encode_cursor(end) if end else ""))


class OrderResource:
    """/orders/{order_id}."""

    def __init__(self, service: OrderService, runner: Runner) -> None:
        self._service = service
        self._runner = runner

    async def on_get(self, _request: Request, response: Response, order_id: str) -> None:
        """Return an order."""
        _respond(response, await self._runner.run(self._service.get, order_id))


class CancellationResource:
    """/orders/{order_id}/cancel."""

    def __init__(self, service: OrderService, runner: Runner) -> None:
        self._service = service
        self._runner = runner

    async def on_post(self, _request: Request, response: Response, order_id: str) -> None:
        """Cancel an order."""
        _respond(response, await self._runner.run(self._service.cancel, order_id))


class LivenessResource:
    """/livez: the process responds, without its dependencies."""

    async def on_get(self, _request: Request, response: Response) -> None:
        """Report that the process is live."""
        _respond(response, Health("live"))


class ReadinessResource:
    """/readyz: the process can read its table and its token."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def on_get(self, _request: Request, response: Response) -> None:
        """Report that the process is ready."""
        await self._readiness.require()
        _respond(response, Health("ready"))


def _respond(response: Response, content: Any) -> None:
    response.content_type = "application/json"
    response.data = msgspec.json.encode(content)
