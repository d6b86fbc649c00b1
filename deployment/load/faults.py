"""Faults that are injected during a load, one after the other, and the number of their hits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from deployment.errors import ActionableError, EnvironmentLost


class Fault(Protocol):
    """One fault."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def text(self) -> str:
        """Its effect, in a few words."""

    def inject(self) -> None:
        """Inject it once; a fault that lasts has started then.

        Raises:
            ActionableError: it cannot be injected.
            EnvironmentLost: the environment does not run any more.
        """

    def end(self) -> None:
        """End it, if it lasts."""

    def hits(self) -> int:
        """Return its hits since the start of the load: containers, calls, events, deployments or restarts."""


@dataclass(frozen=True, kw_only=True)
class InjectedFault:
    """One fault in the results.

    Attributes:
        name: its name.
        text: its effect, in a few words.
        injected: how often it was injected.
        hits: number of hits: containers, calls, events, deployments or restarts.
        error: why it could not be injected; "" if it could.
    """

    name: str
    text: str = ""
    injected: int = 0
    hits: int = 0
    error: str = ""


class FaultCycle:
    """Injects faults in turn, in a thread of its own, until the block ends.

    Args:
        faults: The faults.
        pause_s: Minimum time between two injections, in seconds.
        progress: Returns a number that grows with the load. Default: always 0.
        between: How much it grows between two injections, except in the first round. Default: 0.
    """

    def __init__(
        self,
        faults: Sequence[Fault],
        pause_s: float,
        progress: Callable[[], int] = lambda: 0,
        between: int = 0,
    ) -> None:
        self._faults = faults
        self._progress = progress
        self._between = between
        self._pause_s = pause_s
        self._injected = dict.fromkeys((fault.name for fault in faults), 0)
        self._errors: dict[str, str] = {}
        self._lost: EnvironmentLost | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faults", daemon=True)
        self.now = ""
        self.done = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        for fault in () if self._lost else self._faults:
            fault.end()

    def require_environment(self) -> None:
        """Check that the environment runs.

        Raises:
            EnvironmentLost: a fault ended it.
        """
        if self._lost:
            raise self._lost

    @property
    def allowed_share(self) -> float:
        """The share of the orders that may be placed now: some before each fault of the first round, some after it."""
        return min(1.0, (self.done + 1) / (len(self._faults) + 1))

    def results(self) -> list[InjectedFault]:
        """Return the injections so far."""
        return [
            InjectedFault(
                name=fault.name,
                text=fault.text,
                injected=self._injected[fault.name],
                hits=fault.hits(),
                error=self._errors.get(fault.name, ""),
            )
            for fault in self._faults
        ]

    def _run(self) -> None:
        while self._faults and not self._stopped.is_set():
            for fault in self._faults:
                if self._wait():
                    return
                self.now = fault.name
                try:
                    fault.inject()
                    self._injected[fault.name] += 1
                except EnvironmentLost as error:
                    self._lost = error
                    return
                except ActionableError as error:
                    self._errors.setdefault(fault.name, f"{error.message}: {error.cause}")
                except Exception as error:  # otherwise the orders would wait for this fault forever
                    self._errors.setdefault(fault.name, f"{type(error).__name__}: {error}")
                self.now = ""
                self.done += 1

    def _wait(self) -> bool:
        """Wait for the next injection; return whether the block has ended."""
        before = self._progress()
        while not self._stopped.wait(self._pause_s):
            if self.done < len(self._faults) or self._progress() - before >= self._between:
                return False
        return True
