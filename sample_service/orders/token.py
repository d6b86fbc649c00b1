"""The API token: read from Secrets Manager, cached, and refreshed after a rotation."""

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
    """The current token, and the comparison of presented tokens with it.

    A token that does not match refreshes the cache, at most once in 10 s to limit calls of Secrets Manager. A rotated
    token is therefore accepted within 10 s, usually on its first use; the old token is rejected from then on, and after
    5 minutes at the latest. The last known token stays valid while Secrets Manager is unavailable.
    """

    def __init__(self, read: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._current: bytes | None = None
        self._failure: Exception | None = None
        self._read_at = self._tried_at = float("-inf")

    def is_fresh(self) -> bool:
        """Whether the cached token can be used without a call of Secrets Manager."""
        return self._current is not None and self._clock() - self._read_at < MAX_AGE_SECONDS

    def equals(self, candidate: str) -> bool:
        """Compare with the cached token in constant time."""
        return self._current is not None and hmac.compare_digest(candidate.encode(), self._current)

    def accepts(self, candidate: str) -> bool:
        """Compare with the current token; blocks during a call of Secrets Manager.

        Raises:
            Exception: the secret could not be read, and no token is cached.
        """
        matches = self.equals(candidate)
        if matches and self.is_fresh():
            return True
        # One request refreshes; requests whose token matches the cached one do not wait.
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
            raise self._failure.with_traceback(None)  # otherwise it grows with every raise

    def _read_again(self) -> None:
        try:
            self._current = self._read().encode()
        except Exception as error:
            self._failure = error
            logger.warning("cannot read the API token: %s", type(error).__name__)
        else:
            self._read_at = self._tried_at
