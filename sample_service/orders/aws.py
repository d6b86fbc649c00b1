"""AWS clients that answer soon or fail soon, and threads for them."""

from functools import cache
from typing import Any

MAX_CALLS_AT_ONCE = 16


@cache
def session() -> Any:
    """The one botocore session: the role's credentials, the region and AWS_ENDPOINT_URL come from the environment."""
    import botocore.session  # a tenth of a second that /livez and a cold start need not wait for

    return botocore.session.get_session()


@cache
def client(service: str) -> Any:
    """The client of a service.

    A call may take 1 s to connect and 2 s to answer, three times at most; so a client of this API hears 503
    long before the 29 s at which front doors give up.
    """
    from botocore.config import Config

    config = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=MAX_CALLS_AT_ONCE,
        tcp_keepalive=True,
    )
    return session().create_client(service, config=config)
