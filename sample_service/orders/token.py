"""The API token: read from Secrets Manager, cached, and refreshed after a rotation."""

import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock, Thread

MAX_AGE_SECONDS = 300.0
MIN_REFRESH_SECONDS = 10.0
MIN_RETRY_SECONDS = 1.0
OVERLAP_SECONDS = 3600.0

logger = logging.getLogger(__name__)


class UnusableSecret(Exception):
    """No token is known: the secret cannot be read, holds none, or is not configured."""


@dataclass(frozen=True)
class SecretVersions:
    """The versions of the secret that callers can present.

    Attributes:
        current: The token. An empty one, or one of spaces, is unusable.
        previous: The token before the last rotation. Default: none.
        overlap_seconds: Time for which the previous token is still accepted. Default: none.
    """

    current: str
    previous: str = ""
    overlap_seconds: float = 0.0


class ApiToken:
    """The current and the previous token, and the comparison of presented tokens with them.

    A known token is accepted at once, even while Secrets Manager is slow or unavailable; a cache of more than 5 minutes
    is refreshed in the background. A token that is not known refreshes the cache, at most once in 10 s to limit calls
    of Secrets Manager: a rotated token is accepted within 10 s, usually on its first use. The previous token is
    accepted for an hour after the rotation, so that callers have time to change.
    """

    def __init__(self, read: Callable[[], SecretVersions], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lock = Lock()
        # Replaced as one value, because requests read it without the lock.
        self._known: tuple[bytes, bytes, float] | None = None  # current, previous, end of the overlap
        self._failure = ""
        self._read_at = self._tried_at = float("-inf")

    @property
    def is_known(self) -> bool:
        """Whether a token is known: requests with this token are accepted."""
        return self._known is not None

    def may_change(self) -> bool:
        """Whether a refresh can make another token known now: it is due, or running."""
        return self._known is None or self._is_due() or self._lock.locked()

    def matches(self, candidate: str) -> bool:
        """Compare with the known tokens in constant time."""
        if self._known is None:
            return False
        current, previous, end = self._known
        presented = candidate.encode(errors="surrogatepass")
        is_current = hmac.compare_digest(presented, current)
        is_previous = hmac.compare_digest(presented, previous)
        return is_current or (is_previous and self._clock() < end)

    def require_known(self) -> None:
        """Read the secret unless a token is known; blocks meanwhile.

        Raises:
            UnusableSecret: the secret could not be read.
        """
        if self._known is None:
            self.refresh()

    def refresh_in_background(self) -> None:
        """Read the secret in a thread if the cache is more than 5 minutes old, and no other thread reads it."""
        if self._clock() - self._read_at < MAX_AGE_SECONDS or not self._is_due() or self._lock.locked():
            return
        Thread(target=self._refresh_if_due, name="token", daemon=True).start()

    def refresh(self) -> None:
        """Read the secret, at most once in 10 s; blocks meanwhile.

        Raises:
            UnusableSecret: the secret could not be read, and no token is known.
        """
        self._refresh_if_due()
        if self._known is None:
            raise UnusableSecret(self._failure)

    def _refresh_if_due(self) -> None:
        with self._lock:
            if self._is_due():
                self._tried_at = self._clock()
                self._read_again()

    def _is_due(self) -> bool:
        pause = MIN_REFRESH_SECONDS if self._known else MIN_RETRY_SECONDS
        return self._clock() - self._tried_at >= pause

    def _read_again(self) -> None:
        try:
            versions = self._read()
            if not versions.current.strip():
                raise UnusableSecret("the secret with the API token is empty")
        except Exception as error:
            self._failure = _describe(error)
            logger.warning("cannot read the API token: %s", self._failure)
            return
        current = versions.current.encode()
        # Without a previous token, the current one takes its place: the comparison takes the same time.
        has_previous = bool(versions.previous.strip()) and versions.overlap_seconds > 0
        previous = versions.previous.encode() if has_previous else current
        self._known = (current, previous, self._tried_at + versions.overlap_seconds if has_previous else float("-inf"))
        self._read_at = self._tried_at


def _describe(error: Exception) -> str:
    """Return the kind of an error; messages of AWS name resources and identities."""
    if isinstance(error, UnusableSecret):
        return str(error)
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    return f"{type(error).__name__} {code}".strip()
