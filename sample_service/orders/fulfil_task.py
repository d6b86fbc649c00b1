"""The one-shot task of the workflow: fulfil one order, tell the state machine, end."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from orders.aws import client
from orders.book import OrderBook, UnknownOrder
from orders.logs import start_logging
from orders.settings import Settings, required
from orders.tracing import entry_span, start_tracing
from orders.wiring import order_book
from orders.workflow import FulfilmentFailed, fulfil

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

LAST_SPANS_SECONDS = 10.0  # nobody waits any more: the result was handed over before


def run_fulfil_task(environment: Mapping[str, str] = os.environ) -> int:
    """Fulfil the order ORDER_ID for the holder of TASK_TOKEN, in the trace TRACE_HEADER; returns the exit code.

    Raises:
        SettingsError: one of the first two is missing.
    """
    settings = Settings.from_environment(environment)
    order_id = required(environment, "ORDER_ID", "the order to fulfil")
    task_token = required(environment, "TASK_TOKEN", "whom to tell the result")
    start_logging(settings.log_level)
    tracing = start_tracing()
    try:
        with entry_span("fulfil order", environment.get("TRACE_HEADER"), order_id=order_id):
            report(order_book(settings), client("stepfunctions"), order_id, task_token)
    except Exception:  # the span has logged it
        return 1
    finally:
        tracing.shutdown(LAST_SPANS_SECONDS)
    return 0


def report(book: OrderBook, state_machine: "SFNClient", order_id: str, task_token: str) -> None:
    """Fulfil an order and report to the state machine how that went.

    `FulfilmentFailed` is final; `FulfilmentInterrupted` (a throttled table, say) is worth another try.

    Raises:
        Exception: it was not fulfilled, for whatever reason; the state machine was told.
    """
    try:
        result = fulfil(book, order_id)
    except Exception as error:
        kind = "FulfilmentInterrupted" if _surprising(error) else "FulfilmentFailed"
        state_machine.send_task_failure(taskToken=task_token, error=kind, cause=f"{type(error).__name__}: {error}")
        raise
    state_machine.send_task_success(taskToken=task_token, output=msgspec.json.encode(result).decode())


def _surprising(error: Exception) -> bool:
    return not isinstance(error, FulfilmentFailed | UnknownOrder)
