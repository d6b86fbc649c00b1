"""AWS clients with short timeouts, one connection per concurrent call."""

import os
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

    Each of up to three attempts has 1 s to connect and 2 s to respond, so that callers of this API receive 503 well
    before the 29 s timeout of API Gateway.
    """
    with _creation_lock:
        return _create_client(service)


def is_transient(error: BotoCoreError | ClientError) -> bool:
    """Whether a retry can succeed: throttling, a failure of the AWS service or network, or a transaction conflict.

    Other errors are faults of this service: a missing permission, table or credentials, or an invalid request.
    """
    if not isinstance(error, ClientError):
        return isinstance(error, NoConnection | HTTPClientError)
    response: Any = error.response
    codes = {response["Error"]["Code"], *(reason["Code"] for reason in response.get("CancellationReasons", ()))}
    return (
        not codes.isdisjoint(_TRANSIENT_CODES) or response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
    )


@cache
def _create_client(service: str) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=MAX_CONCURRENT_CALLS,
        tcp_keepalive=True,
    )
    return session().create_client(service, config=config)
