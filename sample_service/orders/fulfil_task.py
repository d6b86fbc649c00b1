"""The one-shot task of the workflow: fulfil one order, tell the state machine, end."""

import logging
import os
from collections.abc import Mapping

import msgspec

from orders.aws import client
from orders.book import OrderBook, UnknownOrder
from orders.settings import required
from orders.workflow import FulfilmentFailed, fulfil

logger = logging.getLogger(__name__)


def fulfil_task(book: OrderBook, environment: Mapping[str, str] = os.environ) -> int:
    """Fulfil the order that ORDER_ID names and hand the result to the task token TASK_TOKEN; returns the exit code."""
    order_id = required(environment, "ORDER_ID", "the order to fulfil")
    task_token = required(environment, "TASK_TOKEN", "whom to tell the result")
    try:
        result = fulfil(book, order_id)
    except (FulfilmentFailed, UnknownOrder) as error:
        logger.error("%s", error)
        client("stepfunctions").send_task_failure(taskToken=task_token, error="FulfilmentFailed", cause=str(error))
        return 1
    client("stepfunctions").send_task_success(taskToken=task_token, output=msgspec.json.encode(result).decode())
    return 0
