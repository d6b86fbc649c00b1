"""The API as one ASGI application."""

from typing import Any

import falcon.asgi

from orders.book import OrderBook
from orders.http.documentation import OpenApi, Page
from orders.http.guards import TokenGuard
from orders.http.headers import Headers
from orders.http.observed import Observed
from orders.http.problems import add_problem_handlers
from orders.http.resources import Cancellation, Live, OneOrder, Orders, Ready
from orders.threads import Runner, Threads
from orders.token import ApiToken

App = falcon.asgi.App[Any, Any]


def build_app(book: OrderBook, token: ApiToken, runner: Runner | None = None) -> App:
    """Wire the API to a book of orders and a token; blocking calls go to threads unless told otherwise."""
    token_runner = runner or Threads(2)  # of its own: callers with wrong tokens must not take the table's threads
    runner = runner or Threads()
    app: App = falcon.asgi.App(middleware=[Observed(), Headers(), TokenGuard(token, token_runner)])
    add_problem_handlers(app)
    app.add_route("/orders", Orders(book, runner))
    app.add_route("/orders/{order_id}", OneOrder(book, runner))
    app.add_route("/orders/{order_id}/cancel", Cancellation(book, runner))
    app.add_route("/livez", Live())
    app.add_route("/readyz", Ready(book, runner))
    app.add_route("/openapi.json", OpenApi())
    app.add_route("/docs", Page())
    return app
