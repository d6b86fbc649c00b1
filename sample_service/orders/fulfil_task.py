"""The one-shot task of the workflow: fulfil one order and report the result to the state machine."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from orders.aws import client
from orders.dependencies import order_service
from orders.logs import start_logging
from orders.order_service import OrderService, UnknownOrder
from orders.settings import Settings, required
from orders.tracing import entry_span, start_tracing
from orders.workflow import FulfilmentFailed, fulfil

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

FINAL_FLUSH_SECONDS = 10.0  # the result has been reported before


def run_fulfil_task(environment: Mapping[str, str] = os.environ) -> int:
    """Fulfil ORDER_ID, report with TASK_TOKEN, in the trace TRACE_HEADER; returns the exit status.

    Raises:
        SettingsError: ORDER_ID or TASK_TOKEN is missing.
    """
    settings = Settings.from_environment(environment)
    order_id = required(environment, "ORDER_ID", "the order to fulfil")
    task_token = required(environment, "TASK_TOKEN", "the callback token of the task")
    start_logging(settings.log_level)
    tracing = start_tracing()
    try:
        with entry_span("fulfil order", environment.get("TRACE_HEADER"), order_id=order_id):
            fulfil_and_report(order_service(settings), client("stepfunctions"), order_id, task_token)
    except Exception:  # logged by the span
        return 1
    finally:
        tracing.shutdown(FINAL_FLUSH_SECONDS)
    return 0


def fulfil_and_report(service: OrderService, state_machine: "SFNClient", order_id: str, task_token: str) -> None:
    """Fulfil an order and report the result to the state machine.

    `FulfilmentFailed` is final; `FulfilmentInterrupted`, such as a throttled table, can be retried.

    Raises:
        Exception: the order was not fulfilled, which has been reported.
    """
    try:
        result = fulfil(service, order_id)
    except Exception as error:
        kind = "FulfilmentInterrupted" if _is_retryable(error) else "FulfilmentFailed"
        state_machine.send_task_failure(taskToken=task_token, error=kind, cause=f"{type(error).__name__}: {error}")
        raise
    state_machine.send_task_success(taskToken=task_token, output=msgspec.json.encode(result).decode())


def _is_retryable(error: Exception) -> bool:
    return not isinstance(error, FulfilmentFailed | UnknownOrder)
