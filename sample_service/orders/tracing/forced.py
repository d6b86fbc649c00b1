"""The limit on traces that callers force with Sampled=1."""

import time
from collections.abc import Callable

FORCED_A_SECOND = 1.0
FORCED_AT_ONCE = 10.0


class ForcedTraces:
    """A token bucket for traces that authenticated callers force: 10 at once, then one a second in each process.

    Requests beyond that are sampled by the ratio, as requests without a decision.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = FORCED_AT_ONCE
        self._refilled_at = clock()

    def take(self) -> bool:
        """Return whether one more trace may be forced now."""
        now = self._clock()
        refill = max(0.0, now - self._refilled_at) * FORCED_A_SECOND
        self._left = min(FORCED_AT_ONCE, self._left + refill)
        self._refilled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
