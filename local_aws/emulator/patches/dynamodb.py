"""DynamoDB: conditional writes and transactions are atomic."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb

from local_aws.emulator.patches.fault_injection import DATA_OPERATIONS

TABLE_LOCK = threading.RLock()
"""Held during each data operation."""


def serialise_operations() -> None:
    """MiniStack runs a state machine's writes on threads of their own, between the parts of another transaction."""
    for name in DATA_OPERATIONS:
        setattr(dynamodb, name, _locked(getattr(dynamodb, name)))


def _locked(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        with TABLE_LOCK:
            return original(*args, **kwargs)

    return call
