"""The resources of the API: each method reads what came, asks the book, shows the answer."""

from typing import Annotated, Any

import falcon
import msgspec
from msgspec import Meta, Struct

from orders.book import OrderBook
from orders.faults import read_json, read_parameters
from orders.http.cursor import read_cursor, write_cursor
from orders.http.guards import read_body
from orders.http.problems import Request, Response
from orders.identifiers import END
from orders.model import Customer, Health, NewOrder, OrderPage
from orders.threads import Runner
from orders.tracing import current_trace_header


class PlacingHeaders(Struct, frozen=True, rename={"idempotency_key": "Idempotency-Key"}):
    """The headers of POST /orders."""

    idempotency_key: Annotated[
        str, Meta(pattern=r"^[\x21-\x7e]{1,255}" + END, description="1 to 255 visible ASCII characters")
    ] = ""


class PageQuery(Struct, frozen=True):
    """The parameters of GET /orders."""

    customer: Customer
    limit: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 20
    cursor: Annotated[str, Meta(max_length=200, description="next_cursor of an earlier page")] = ""


class Orders:
    """/orders."""

    def __init__(self, book: OrderBook, runner: Runner) -> None:
        self._book = book
        self._runner = runner
        self._decoder = msgspec.json.Decoder(NewOrder)

    async def on_post(self, request: Request, response: Response) -> None:
        """Place an order."""
        key = request.get_header("Idempotency-Key")
        headers = read_parameters({} if key is None else {"Idempotency-Key": key}, PlacingHeaders)
        new = read_json(await read_body(request), self._decoder)
        trace = current_trace_header()
        order = await self._runner.run(self._book.place, new, key=headers.idempotency_key, trace=trace)
        response.status = falcon.HTTP_201
        response.set_header("Location", f"/orders/{order.id}")
        _show(response, order)

    async def on_get(self, request: Request, response: Response) -> None:
        """List a customer's orders, newest first."""
        query = read_parameters(request.params, PageQuery)
        after = read_cursor(query.cursor, query.customer) if query.cursor else None
        orders, end = await self._runner.run(self._book.table.page, query.customer, limit=query.limit, after=after)
        _show(response, OrderPage(orders, next_cursor=write_cursor(end) if end else ""))


class OneOrder:
    """/orders/{order_id}."""

    def __init__(self, book: OrderBook, runner: Runner) -> None:
        self._book = book
        self._runner = runner

    async def on_get(self, _request: Request, response: Response, order_id: str) -> None:
        """Show an order."""
        _show(response, await self._runner.run(self._book.get, order_id))


class Cancellation:
    """/orders/{order_id}/cancel."""

    def __init__(self, book: OrderBook, runner: Runner) -> None:
        self._book = book
        self._runner = runner

    async def on_post(self, _request: Request, response: Response, order_id: str) -> None:
        """Cancel an order."""
        _show(response, await self._runner.run(self._book.cancel, order_id))


class Live:
    """/livez: the process answers; nothing else is asked."""

    async def on_get(self, _request: Request, response: Response) -> None:
        """Say so."""
        _show(response, Health("live"))


class Ready:
    """/readyz: the table answers, too."""

    def __init__(self, book: OrderBook, runner: Runner) -> None:
        self._book = book
        self._runner = runner

    async def on_get(self, _request: Request, response: Response) -> None:
        """Read from the table."""
        await self._runner.run(self._book.table.is_reachable)
        _show(response, Health("ready"))


def _show(response: Response, answer: Any) -> None:
    response.content_type = "application/json"
    response.data = msgspec.json.encode(answer)
