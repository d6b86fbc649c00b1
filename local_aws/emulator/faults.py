"""Faults that the emulator injects into its own services for a time, and the count of the calls that they hit."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from local_aws.emulator.config import DUPLICATE_EVENTS, FAIL_SECRETS, THROTTLE_TABLE

NAMES = (THROTTLE_TABLE, FAIL_SECRETS, DUPLICATE_EVENTS)


class Faults:
    """The active faults.

    Args:
        clock: Returns seconds from any start. Default: the monotonic clock.
        chance: Returns a number from 0 to 1 for each call. Default: a random one.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._active: dict[str, tuple[float, float]] = {}
        self._hits: Counter[str] = Counter()
        self._lock = threading.Lock()

    def start(self, name: str, share: float, seconds: float) -> None:
        """Inject a fault; it replaces an active one of the same name.

        Args:
            name: One of `NAMES`.
            share: Share of the calls to hit, from 0 to 1.
            seconds: How long; 0 ends it now.

        Raises:
            ValueError: there is no such fault, or the share is out of range.
        """
        if name not in NAMES:
            raise ValueError(f"there is no fault {name!r}; faults are {', '.join(NAMES)}")
        if not 0 <= share <= 1:
            raise ValueError(f"the share is {share:g}, allowed are 0 to 1")
        with self._lock:
            self._active[name] = (share, self._clock() + seconds)

    def hits(self, name: str) -> bool:
        """Return whether a call is hit, and count it."""
        with self._lock:
            share, until = self._active.get(name, (0.0, 0.0))
            hit = self._clock() < until and self._chance() < share
            self._hits[name] += hit
            return hit

    def counts(self) -> Mapping[str, int]:
        """Return name -> number of calls that were hit since the start of the emulator."""
        with self._lock:
            return {name: self._hits[name] for name in NAMES}


FAULTS = Faults()
"""The faults of this process."""
