"""AWS clients that answer soon or fail soon, for as many calls at once as there are connections."""

import os
from functools import cache
from threading import RLock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from orders.tracing import trace_calls

MAX_CALLS_AT_ONCE = 16

# Error codes, and reasons of cancelled transactions, of DynamoDB and Secrets Manager for what is over in a moment.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_PASSING = frozenset(
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

_making = RLock()  # botocore's clients are made by one thread at a time, and used by many


@cache
def session() -> Any:
    """The one botocore session: the role's credentials, the region and AWS_ENDPOINT_URL come from the environment."""
    import botocore.session

    made = botocore.session.get_session()
    if region := os.environ.get("AWS_REGION"):  # botocore itself reads AWS_DEFAULT_REGION only
        made.set_config_variable("region", region)
    return made


def client(service: str) -> Any:
    """The client of a service.

    A call may take 1 s to connect and 2 s to answer, three times at most; so a client of this API hears 503
    long before the 29 s at which front doors give up.
    """
    with _making:
        return _made(service)


def is_passing(error: BotoCoreError | ClientError) -> bool:
    """Whether a failed call may succeed soon: AWS throttles, is broken or out of reach, or writes met each other.

    Everything else is a mistake of ours: a grant, a table or credentials that are missing, a request that is wrong.
    """
    if not isinstance(error, ClientError):
        return isinstance(error, NoConnection | HTTPClientError)
    answer: Any = error.response
    codes = {answer["Error"]["Code"], *(reason["Code"] for reason in answer.get("CancellationReasons", ()))}
    return not codes.isdisjoint(_PASSING) or answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500


@cache
def _made(service: str) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=MAX_CALLS_AT_ONCE,
        tcp_keepalive=True,
    )
    made = session().create_client(service, config=config)
    trace_calls(made)
    return made
