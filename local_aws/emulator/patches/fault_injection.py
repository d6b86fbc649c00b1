"""Calls to DynamoDB, Secrets Manager and Step Functions that fail or happen twice while a fault is active."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import dynamodb, pipes, secretsmanager

from local_aws.emulator.config import DUPLICATE_EVENTS, FAIL_SECRETS, THROTTLE_TABLE
from local_aws.emulator.faults import FAULTS

DATA_OPERATIONS = (
    "_batch_get_item",
    "_delete_item",
    "_get_item",
    "_put_item",
    "_query",
    "_scan",
    "_transact_get_items",
    "_transact_write_items",
    "_update_item",
)
"""MiniStack's functions behind the data operations of DynamoDB; Step Functions calls some of them, too."""

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_THROTTLING = ("ProvisionedThroughputExceededException", "ThrottlingException")


def throttle_tables() -> None:
    """MiniStack throttles no table."""
    for name in DATA_OPERATIONS:
        setattr(dynamodb, name, _failing(THROTTLE_TABLE, getattr(dynamodb, name), _throttled))


def fail_secrets() -> None:
    """MiniStack's Secrets Manager is always available."""
    secretsmanager._get_secret_value = _failing(FAIL_SECRETS, secretsmanager._get_secret_value, _unavailable)


def duplicate_events() -> None:
    """MiniStack delivers each event once; EventBridge Pipes delivers at least once."""
    original = pipes._start_state_machine_from_records

    def start(arn: str, pipe: dict[str, Any], records: list[Any]) -> bool:
        started: bool = original(arn, pipe, records)
        if started and FAULTS.hits(DUPLICATE_EVENTS):
            original(arn, pipe, records)
        return started

    pipes._start_state_machine_from_records = start


def _failing(fault: str, original: Callable[..., Any], error: Callable[[], Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        return error() if FAULTS.hits(fault) else original(*args, **kwargs)

    return call


def _throttled() -> Any:
    return error_response_json(random.choice(_THROTTLING), "Rate exceeded", 400)  # noqa: S311


def _unavailable() -> Any:
    return error_response_json("InternalServiceError", "The service is unavailable", 500)
