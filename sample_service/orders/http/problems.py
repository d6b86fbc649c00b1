"""Every error as `application/problem+json` (RFC 9457); nothing of the inside gets out."""

import logging
from typing import Any

import falcon
import falcon.asgi
import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from orders.aws import is_passing
from orders.book import KeyReused, NotAllowed, UnknownOrder
from orders.faults import Faulty, NotJson
from orders.model import Fault, Problem
from orders.status import origins_of
from orders.table import Moved
from orders.threads import Overloaded

RETRY_AFTER_SECONDS = 2

logger = logging.getLogger(__name__)

Request = falcon.asgi.Request
Response = falcon.asgi.Response


def add_problem_handlers(app: "falcon.asgi.App[Any, Any]") -> None:
    """Teach an application to answer each kind of exception as a problem."""
    app.add_error_handler(Exception, _unexpected)
    app.add_error_handler(falcon.HTTPError, _http_error)
    app.add_error_handler(NotJson, _not_json)
    app.add_error_handler(Faulty, _faulty)
    app.add_error_handler(UnknownOrder, _unknown_order)
    app.add_error_handler(KeyReused, _key_reused)
    app.add_error_handler(NotAllowed, _not_allowed)
    app.add_error_handler(BotoCoreError, _failed_call)
    app.add_error_handler(ClientError, _failed_call)
    app.add_error_handler(Moved, _unavailable)
    app.add_error_handler(Overloaded, _unavailable)


def show(response: Response, problem: Problem) -> None:
    """Make a problem the response."""
    response.status = falcon.code_to_http_status(problem.status)
    response.content_type = "application/problem+json"
    response.data = msgspec.json.encode(problem)


async def _http_error(_request: Request, response: Response, error: falcon.HTTPError, _params: Any) -> None:
    response.set_headers(error.headers or {})
    title = falcon.code_to_http_status(error.status).partition(" ")[2]
    show(response, Problem(title=title, status=error.status_code, detail=error.description or ""))


async def _not_json(_request: Request, response: Response, error: NotJson, _params: Any) -> None:
    show(response, Problem(title="The body is not JSON", status=400, detail=str(error)))


async def _faulty(_request: Request, response: Response, error: Faulty, _params: Any) -> None:
    title = "The request is not what it should be"
    show(response, Problem(title=title, status=422, detail="see faults", faults=error.faults))


async def _unknown_order(request: Request, response: Response, _error: UnknownOrder, _params: Any) -> None:
    show(response, Problem(title="Unknown order", status=404, detail=f"there is no order at {request.path}"))


async def _key_reused(_request: Request, response: Response, _error: KeyReused, _params: Any) -> None:
    fault = Fault(
        field="Idempotency-Key",
        wrong="came with another body before",
        allowed="a key of its own for each order; the same key only to repeat the same body",
    )
    show(response, Problem(title="The idempotency key was used before", status=422, faults=[fault]))


async def _not_allowed(_request: Request, response: Response, error: NotAllowed, _params: Any) -> None:
    allowed = " or ".join(origins_of(error.target))
    detail = f"the order is {error.order.status}; only an order that is {allowed} can become {error.target}"
    show(response, Problem(title="The order does not allow this any more", status=409, detail=detail))


async def _failed_call(request: Request, response: Response, error: BotoCoreError | ClientError, params: Any) -> None:
    passing = is_passing(error)
    if not passing:
        await _unexpected(request, response, error, params)
    if passing or request.path == "/readyz":  # whoever asks whether we are ready hears that we are not
        await _unavailable(request, response, error, params)


async def _unavailable(_request: Request, response: Response, error: Exception, _params: Any) -> None:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    logger.warning("not available: %s %s", type(error).__name__, code)
    response.set_header("Retry-After", str(RETRY_AFTER_SECONDS))
    detail = f"try again in {RETRY_AFTER_SECONDS} s; with its Idempotency-Key, a repeated POST places no second order"
    show(response, Problem(title="Not available right now", status=503, detail=detail))


async def _unexpected(_request: Request, response: Response, error: Exception, _params: Any) -> None:
    logger.error("unexpected %s", type(error).__name__, exc_info=error)
    show(response, Problem(title="Internal error", status=500, detail="the fault is ours; the log has it"))
