"""AWS clients with short timeouts, one connection per concurrent call."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import RLock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

MAX_CONCURRENT_CALLS = 16

# Error codes and cancellation reasons of DynamoDB and Secrets Manager for transient failures.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_TRANSIENT_CODES = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_CONNECT_SECONDS = 0.5
_READ_SECONDS = 1.3


class TimeLimitExceeded(BotoCoreError):
    """No attempt starts after the time limit of a request."""

    fmt = "the time limit of the request is exceeded"


class _TimeLimit:
    """Starts with the first attempt: loading AWS's endpoint data does not count."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end: float | None = None

    def check(self) -> None:
        if self._end is None:
            self._end = time.monotonic() + self._seconds
        elif time.monotonic() > self._end:
            raise TimeLimitExceeded


_limit: ContextVar[_TimeLimit | None] = ContextVar("time limit of AWS calls", default=None)
_creation_lock = RLock()  # botocore clients are thread-safe, their creation is not


@cache
def session() -> Any:
    """Return the botocore session; credentials, Region and AWS_ENDPOINT_URL come from the environment."""
    import botocore.session

    created = botocore.session.get_session()
    if region := os.environ.get("AWS_REGION"):  # botocore itself reads AWS_DEFAULT_REGION only
        created.set_config_variable("region", region)
    return created


def client(service: str) -> Any:
    """Return the client of an AWS service.

    Each of up to three attempts has 0.5 s to connect and 1.3 s to respond. `time_limit` limits all attempts together.
    """
    with _creation_lock:
        return _create_client(service)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit the calls of AWS in this context: no attempt starts more than this time after the first one.

    Raises:
        TimeLimitExceeded: an attempt would start later.
    """
    token = _limit.set(_TimeLimit(seconds))
    try:
        yield
    finally:
        _limit.reset(token)


def is_transient(error: BotoCoreError | ClientError) -> bool:
    """Whether a retry can succeed: throttling, a failure of the AWS service or network, or a transaction conflict.

    Other errors are faults of this service: a missing permission, table or credentials, or an invalid request.
    """
    if not isinstance(error, ClientError):
        return isinstance(error, NoConnection | HTTPClientError | TimeLimitExceeded)
    response: Any = error.response
    codes = {response["Error"]["Code"], *(reason["Code"] for reason in response.get("CancellationReasons", ()))}
    return (
        not codes.isdisjoint(_TRANSIENT_CODES) or response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
    )


@cache
def _create_client(service: str) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=MAX_CONCURRENT_CALLS,
        tcp_keepalive=True,
    )
    created = session().create_client(service, config=config)
    created.meta.events.register("before-send", _check_limit)
    return created


def _check_limit(**_: Any) -> None:
    if (limit := _limit.get()) is not None:
        limit.check()
