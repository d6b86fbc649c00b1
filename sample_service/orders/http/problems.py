"""Errors as `application/problem+json` (RFC 9457), without internal details."""

import logging
from typing import Any

import falcon
import falcon.asgi
import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from orders.aws import is_transient
from orders.http.readiness import NotReady
from orders.items import UnreadableOrder
from orders.model import Fault, Problem
from orders.order_service import IdempotencyKeyReused, InvalidTransition, UnknownOrder
from orders.status import statuses_before
from orders.table import ConcurrentUpdate
from orders.threads import Overloaded
from orders.token import UnusableSecret
from orders.validation import InvalidJson, ValidationError

RETRY_AFTER_SECONDS = 2

logger = logging.getLogger(__name__)

Request = falcon.asgi.Request
Response = falcon.asgi.Response


def add_problem_handlers(app: "falcon.asgi.App[Any, Any]") -> None:
    """Register a handler for each exception."""
    app.add_error_handler(Exception, _unexpected)
    app.add_error_handler(falcon.HTTPError, _http_error)
    app.add_error_handler(InvalidJson, _invalid_json)
    app.add_error_handler(ValidationError, _validation_error)
    app.add_error_handler(UnknownOrder, _unknown_order)
    app.add_error_handler(IdempotencyKeyReused, _idempotency_key_reused)
    app.add_error_handler(InvalidTransition, _invalid_transition)
    app.add_error_handler(UnreadableOrder, _unreadable_order)
    app.add_error_handler(BotoCoreError, _aws_error)
    app.add_error_handler(ClientError, _aws_error)
    app.add_error_handler(ConcurrentUpdate, _unavailable)
    app.add_error_handler(Overloaded, _unavailable)
    app.add_error_handler(UnusableSecret, _unusable_secret)
    app.add_error_handler(NotReady, _not_ready)


def respond(response: Response, problem: Problem) -> None:
    """Set the response to a problem."""
    response.status = falcon.code_to_http_status(problem.status)
    response.content_type = "application/problem+json"
    response.data = msgspec.json.encode(problem)


async def _http_error(_request: Request, response: Response, error: falcon.HTTPError, _params: Any) -> None:
    response.set_headers(error.headers or {})
    title = falcon.code_to_http_status(error.status).partition(" ")[2]
    respond(response, Problem(title=title, status=error.status_code, detail=error.description or ""))


async def _invalid_json(_request: Request, response: Response, error: InvalidJson, _params: Any) -> None:
    respond(response, Problem(title="The body is not JSON", status=400, detail=str(error)))


async def _validation_error(_request: Request, response: Response, error: ValidationError, _params: Any) -> None:
    detail = f"the first {len(error.faults)} faults; there are more" if error.has_more else "see faults"
    respond(response, Problem(title="Invalid request", status=422, detail=detail, faults=error.faults))


async def _unknown_order(_request: Request, response: Response, _error: UnknownOrder, _params: Any) -> None:
    respond(response, Problem(title="Unknown order", status=404, detail="no order has this ID"))


async def _idempotency_key_reused(
    _request: Request, response: Response, _error: IdempotencyKeyReused, _params: Any
) -> None:
    fault = Fault(
        field="Idempotency-Key",
        wrong="was used with another body",
        allowed="a unique key for each order; the same key only to repeat the same request",
    )
    respond(response, Problem(title="Idempotency key reused", status=422, faults=[fault]))


async def _invalid_transition(_request: Request, response: Response, error: InvalidTransition, _params: Any) -> None:
    allowed = " or ".join(statuses_before(error.target))
    detail = f"the order is {error.order.status}; only an order that is {allowed} can become {error.target}"
    respond(response, Problem(title="Invalid status transition", status=409, detail=detail))


async def _unreadable_order(_request: Request, response: Response, error: UnreadableOrder, _params: Any) -> None:
    logger.error("unreadable order: %s", error)
    respond(response, Problem(title="Unreadable order", status=500, detail="the stored order is incomplete"))


async def _aws_error(request: Request, response: Response, error: BotoCoreError | ClientError, params: Any) -> None:
    if is_transient(error):
        await _unavailable(request, response, error, params)
    else:
        await _unexpected(request, response, error, params)


async def _unavailable(_request: Request, response: Response, error: Exception, _params: Any) -> None:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    logger.warning("unavailable: %s %s", type(error).__name__, code)
    _respond_unavailable(response)


async def _unusable_secret(_request: Request, response: Response, error: UnusableSecret, _params: Any) -> None:
    logger.error("unavailable: %s", error)
    _respond_unavailable(response)


async def _not_ready(_request: Request, response: Response, _error: NotReady, _params: Any) -> None:
    _respond_unavailable(response)  # the check has logged the reason


def _respond_unavailable(response: Response) -> None:
    response.set_header("Retry-After", str(RETRY_AFTER_SECONDS))
    detail = f"retry in {RETRY_AFTER_SECONDS} s; with the same Idempotency-Key, a repeated POST places no second order"
    respond(response, Problem(title="Temporarily unavailable", status=503, detail=detail))


async def _unexpected(_request: Request, response: Response, error: Exception, _params: Any) -> None:
    logger.error("unexpected %s", type(error).__name__, exc_info=error)
    respond(response, Problem(title="Internal error", status=500, detail="the error is in the service log"))
