"""Faults during the load: what is injected, one after the other, and what it hit."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from deployment.errors import ActionableError

FAULTS: dict[str, str] = {
    "throttle-table": "DynamoDB throttles a share of the calls",
    "fail-secrets": "Secrets Manager fails every call",
    "kill-containers": "SIGKILL to a container of a target and to a task of the workflow",
    "duplicate-events": "the pipe delivers a share of the events twice",
    "redeploy-image": "`cdk deploy` of a changed image to all stacks",
    "restart-emulator": "SIGKILL to the emulator and to all containers; its durable state is kept",
}
"""Name -> what happens, in the order of injection: a killed container reads its secret while Secrets Manager fails."""


def choose(names: Collection[str]) -> tuple[str, ...]:
    """Return the faults with these names, in the order of injection. No names: all faults.

    Raises:
        ActionableError: there is no fault of a given name.
    """
    for name in names:
        if name not in FAULTS:
            raise ActionableError(f"there is no fault {name!r}", f"faults are {', '.join(FAULTS)}", "use one of these")
    return tuple(name for name in FAULTS if not names or name in names)


class Fault(Protocol):
    """One fault."""

    @property
    def name(self) -> str:
        """Its name in `FAULTS`."""

    def inject(self) -> None:
        """Inject it once; a fault that lasts has started then.

        Raises:
            ActionableError: it cannot be injected.
        """

    def end(self) -> None:
        """End it, if it lasts."""

    def hits(self) -> int:
        """Return what it hit since the start of the load: containers, calls, events, deployments or restarts."""


@dataclass(frozen=True, kw_only=True)
class InjectedFault:
    """One fault in the results.

    Attributes:
        name: its name in `FAULTS`.
        injected: how often it was injected.
        hits: what it hit: containers, calls, events, deployments or restarts.
        error: why it could not be injected; "" if it could.
    """

    name: str
    injected: int = 0
    hits: int = 0
    error: str = ""


class FaultCycle:
    """Injects faults in turn, in a thread of its own, until the block ends.

    Args:
        faults: The faults.
        pause_s: Seconds between two injections.
    """

    def __init__(self, faults: Sequence[Fault], pause_s: float) -> None:
        self._faults = faults
        self._pause_s = pause_s
        self._injected = dict.fromkeys((fault.name for fault in faults), 0)
        self._errors: dict[str, str] = {}
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
        for fault in self._faults:
            fault.end()

    @property
    def allowed_share(self) -> float:
        """The share of the orders that may be placed now: some before each fault of the first round, some after it."""
        return min(1.0, (self.done + 1) / (len(self._faults) + 1))

    def results(self) -> list[InjectedFault]:
        """Return what was injected so far."""
        return [
            InjectedFault(
                name=fault.name,
                injected=self._injected[fault.name],
                hits=fault.hits(),
                error=self._errors.get(fault.name, ""),
            )
            for fault in self._faults
        ]

    def _run(self) -> None:
        while self._faults and not self._stopped.is_set():
            for fault in self._faults:
                if self._stopped.wait(self._pause_s):
                    return
                self.now = fault.name
                try:
                    fault.inject()
                    self._injected[fault.name] += 1
                except ActionableError as error:
                    self._errors.setdefault(fault.name, f"{error.message}: {error.cause}")
                self.now = ""
                self.done += 1
