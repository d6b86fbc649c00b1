"""The one-shot task of the workflow: fulfil one order and report the result to the state machine."""

import logging
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import msgspec
from botocore.exceptions import ClientError

from orders.aws import client
from orders.dependencies import order_service
from orders.logs import start_logging
from orders.order_service import OrderService, UnknownOrder
from orders.settings import Settings, required
from orders.tracing import entry_span, start_tracing
from orders.workflow import FulfilmentFailed, fulfil

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

logger = logging.getLogger(__name__)

FINAL_FLUSH_SECONDS = 10.0  # the result has been reported before
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
_ENDED = frozenset({"TaskDoesNotExist", "TaskTimedOut"})


class Interrupted(BaseException):
    """ECS stops the task. No library that retries errors catches it."""


def run_fulfil_task(environment: Mapping[str, str] = os.environ) -> int:
    """Fulfil ORDER_ID for EXECUTION, report with TASK_TOKEN, in the trace TRACE_HEADER; returns the exit status.

    Raises:
        SettingsError: ORDER_ID or TASK_TOKEN is missing.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    settings = Settings.from_environment(environment)
    order_id = required(environment, "ORDER_ID", "the order to fulfil")
    task_token = required(environment, "TASK_TOKEN", "the callback token of the task")
    start_logging(settings.log_level)
    tracing = start_tracing()
    try:
        with entry_span("fulfil order", environment.get("TRACE_HEADER"), order_id=order_id):
            service, execution = order_service(settings), environment.get("EXECUTION", "")
            fulfil_and_report(service, client("stepfunctions"), order_id, task_token, execution)
    except (Exception, Interrupted):  # logged by the span
        return 1
    finally:
        tracing.shutdown(FINAL_FLUSH_SECONDS)
    return 0


def fulfil_and_report(
    service: OrderService, state_machine: "SFNClient", order_id: str, task_token: str, execution: str = ""
) -> None:
    """Fulfil an order and report the result to the state machine.

    `FulfilmentFailed` is final; `FulfilmentInterrupted`, such as a throttled table or SIGTERM, can be retried. A report
    that has started is completed: ECS sends SIGKILL 30 s after SIGTERM. A report that the state machine no longer
    expects has no effect: the response to an earlier attempt was lost, or the step has timed out and is retried.

    Raises:
        Exception: the order was not fulfilled, which has been reported.
        Interrupted: ECS stops the task, which has been reported.
    """
    try:
        result = fulfil(service, order_id, execution)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except (Exception, Interrupted) as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        kind = "FulfilmentInterrupted" if _is_retryable(error) else "FulfilmentFailed"
        with _unless_the_step_has_ended(order_id):
            state_machine.send_task_failure(taskToken=task_token, error=kind, cause=f"{type(error).__name__}: {error}")
        raise
    with _unless_the_step_has_ended(order_id):
        state_machine.send_task_success(taskToken=task_token, output=msgspec.json.encode(result).decode())


@contextmanager
def _unless_the_step_has_ended(order_id: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if code not in _ENDED:
            raise
        logger.warning("the step has ended", extra={"fields": {"order": order_id, "cause": code}})


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted("ECS stops the task")


def _is_retryable(error: BaseException) -> bool:
    return not isinstance(error, FulfilmentFailed | UnknownOrder)
