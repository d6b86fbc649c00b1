"""The limits of a run: the time at which its drills end and its stacks are deleted."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError, CredentialRetrievalError, NoCredentialsError, SSOError

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")


class LimitReached(BaseException):
    """The limit of the run has passed. No drill can turn it into a result, as with KeyboardInterrupt."""


class CredentialsExpired(BaseException):
    """The credentials have expired: nothing can be deployed or deleted before you sign in again."""


def limit_of(started: datetime, *, hours: float, ceiling_usd: float, usd_per_hour: float) -> datetime:
    """Return when the drills must end: at the limit of the duration, or earlier where the cost reaches the ceiling."""
    paid_hours = ceiling_usd / usd_per_hour if usd_per_hour > 0 else hours
    return started + timedelta(hours=min(hours, paid_hours))


def is_expired(error: Exception) -> bool:
    """Whether an error of AWS or of boto3 says that the credentials are not valid any more."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "")) in _EXPIRED
    return isinstance(error, (CredentialRetrievalError, NoCredentialsError, SSOError))


class Clock:
    """The time, and the only way to wait: each wait ends when the limit has passed.

    Args:
        limit: When the drills must end. Default: never.
        utc_now: Returns the time of day. Default: the real one.
        now: Returns seconds of a monotonic clock. Default: the real one.
        wait: Waits for a number of seconds. Default: the real thing.
    """

    def __init__(
        self,
        limit: datetime | None = None,
        *,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limit = limit
        self.utc_now = utc_now
        self.now = now
        self.wait = wait

    def check(self) -> None:
        """Raise `LimitReached` if the limit has passed."""
        if self.limit is not None and self.utc_now() >= self.limit:
            raise LimitReached

    def sleep(self, seconds: float) -> None:
        """Wait for seconds, in parts of at most a second, so that the limit ends the wait.

        Raises:
            LimitReached: the limit has passed.
        """
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            self.check()
            self.wait(min(left, 1.0))
        self.check()
