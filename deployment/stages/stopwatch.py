"""The seconds of each step of a run."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Takes the time of named steps; a step taken twice counts both times.

    Attributes:
        steps: step -> seconds, in the order in which they started.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Take the time of one step, also of one that fails."""
        began = self._clock()
        before = self.steps.setdefault(name, 0.0)
        try:
            yield
        finally:
            self.steps[name] = round(before + self._clock() - began, 2)

    @property
    def seconds(self) -> float:
        """Seconds since this was made."""
        return round(self._clock() - self._started, 2)
