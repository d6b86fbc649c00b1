"""The API token: read from Secrets Manager by the service's own role, cached, and picked up anew when rotated."""

import hmac
import logging
import time
from collections.abc import Callable
from threading import Lock

MAX_AGE_SECONDS = 300.0
MIN_REFRESH_SECONDS = 10.0
MIN_RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class ApiToken:
    """Knows whether a token is the current one.

    A token that does not match makes the cache read again, once in 10 s at most, so that wrong tokens cannot hammer
    Secrets Manager: a rotated token is accepted within 10 s, mostly on its first use. From then on this process refuses
    the old one; one that nobody showed the new token does so 5 minutes later at the latest. While Secrets Manager is
    out of reach, the last known token stays valid.
    """

    def __init__(self, read: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._current: bytes | None = None
        self._failure: Exception | None = None
        self._read_at = self._tried_at = float("-inf")

    def is_fresh(self) -> bool:
        """Whether the cache may answer without a look at Secrets Manager."""
        return self._current is not None and self._clock() - self._read_at < MAX_AGE_SECONDS

    def equals(self, candidate: str) -> bool:
        """Compare with the cached token, in a time that tells nothing about it."""
        return self._current is not None and hmac.compare_digest(candidate.encode(), self._current)

    def accepts(self, candidate: str) -> bool:
        """Compare with the current token; blocks for as long as Secrets Manager takes, where it has to be asked.

        Raises:
            Exception: whatever reading raised, as long as no token is known at all.
        """
        matches = self.equals(candidate)
        if matches and self.is_fresh():
            return True
        # One caller reads; those whose token matches so far need not wait for it.
        if self._lock.acquire(blocking=not matches):
            try:
                self._refresh()
            finally:
                self._lock.release()
        return self.equals(candidate)

    def _refresh(self) -> None:
        pause = MIN_REFRESH_SECONDS if self._current is not None else MIN_RETRY_SECONDS
        if self._clock() - self._tried_at >= pause:
            self._tried_at = self._clock()
            self._read_again()
        if self._current is None and self._failure is not None:
            raise self._failure.with_traceback(None)  # or it grows with every raise

    def _read_again(self) -> None:
        try:
            self._current = self._read().encode()
        except Exception as error:
            self._failure = error
            logger.warning("the API token could not be read: %s", type(error).__name__)
        else:
            self._read_at = self._tried_at
