"""A discrete-event simulation of a burst of orders above the quota of tasks."""

import heapq
import random
import statistics
from dataclasses import dataclass
from functools import cached_property

from benchmarks.workflow.policy import Workflow


@dataclass(frozen=True, kw_only=True)
class Load:
    """The orders and the account.

    Attributes:
        orders: number of orders.
        quota: tasks that the account can run at once.
        task_seconds: duration of a task after its start. Default: 30.
        startup_seconds: time to start a task, which counts against the quota. Default: 30.
        arrival_seconds: time over which the orders arrive evenly. Default: 0, all at once.
    """

    orders: int
    quota: int
    task_seconds: float = 30
    startup_seconds: float = 30
    arrival_seconds: float = 0

    @property
    def occupied_seconds(self) -> float:
        """Time for which an order occupies a task of the quota."""
        return self.startup_seconds + self.task_seconds


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a simulation.

    Attributes:
        load: the orders and the account.
        waits: order -> seconds from its arrival to the start of its task, of the orders that started.
        given_up: number of orders whose retries ended.
        last_done: time at which the last task ended, in seconds.
        retries: retries of all orders, each billed as a state transition.
        slot_writes: writes to acquire and release slots, failed ones included.
        peak: maximum number of tasks at the same time.
    """

    load: Load
    waits: tuple[float, ...]
    given_up: int
    last_done: float
    retries: int
    slot_writes: int
    peak: int

    @cached_property
    def median_wait(self) -> float:
        """Median time to the start of a task in seconds; 0 if none started."""
        return statistics.median(self.waits) if self.waits else 0.0

    @property
    def utilisation(self) -> float:
        """Share of the quota's time that tasks occupy until the last one ends."""
        occupied = len(self.waits) * self.load.occupied_seconds
        return occupied / (min(self.load.quota, self.load.orders) * self.last_done) if self.last_done else 0.0


def simulate(workflow: Workflow, load: Load, seed: int = 0) -> Outcome:
    """Simulate the orders until each one has ended.

    Args:
        workflow: the retries of the state machine.
        load: the orders and the account.
        seed: seed of the random delays. Default: 0.
    """
    return _Simulation(workflow, load, random.Random(seed)).run()  # noqa: S311 - repeatable on purpose


class _Simulation:
    """Events are (time, number, kind, order); the number keeps events of one time in the order of their creation."""

    def __init__(self, workflow: Workflow, load: Load, source: random.Random) -> None:
        self._workflow, self._load, self._source = workflow, load, source
        self._slots = (workflow.slots or load.quota) if workflow.slot else None
        self._events: list[tuple[float, int, str, int]] = []
        self._number = 0
        self._arrivals = [order * load.arrival_seconds / load.orders for order in range(load.orders)]
        self._tries = dict.fromkeys(range(load.orders), 0)
        self._running = self._peak = self._held = self._writes = self._retries = self._given_up = 0
        self._waits: list[float] = []
        self._last = 0.0

    def run(self) -> Outcome:
        first = "acquire" if self._slots is not None else "start"
        for order, time in enumerate(self._arrivals):
            self._add(time, first, order)
        handlers = {"acquire": self._acquire, "start": self._start, "end": self._end}
        while self._events:
            time, _, kind, order = heapq.heappop(self._events)
            handlers[kind](time, order)
        return Outcome(
            load=self._load,
            waits=tuple(self._waits),
            given_up=self._given_up,
            last_done=self._last,
            retries=self._retries,
            slot_writes=self._writes,
            peak=self._peak,
        )

    def _add(self, time: float, kind: str, order: int) -> None:
        heapq.heappush(self._events, (time, self._number, kind, order))
        self._number += 1

    def _acquire(self, time: float, order: int) -> None:
        assert self._slots is not None  # noqa: S101
        self._writes += 1
        if self._held < self._slots:
            self._held += 1
            self._tries[order] = 0
            self._start(time, order)
        else:
            self._retry(time, "acquire", order)

    def _start(self, time: float, order: int) -> None:
        if self._running >= self._load.quota:
            self._retry(time, "start", order)
            return
        self._running += 1
        self._peak = max(self._peak, self._running)
        self._waits.append(time - self._arrivals[order])
        self._add(time + self._load.occupied_seconds, "end", order)

    def _end(self, time: float, _order: int) -> None:
        self._running -= 1
        self._last = time
        self._release()

    def _retry(self, time: float, kind: str, order: int) -> None:
        policy = self._workflow.slot if kind == "acquire" else self._workflow.start
        assert policy is not None  # noqa: S101
        if self._tries[order] >= policy.attempts:
            self._given_up += 1
            if kind == "start":
                self._release()
            return
        delay = policy.delay(self._tries[order], self._source)
        self._tries[order] += 1
        self._retries += 1
        self._add(time + delay, kind, order)

    def _release(self) -> None:
        if self._slots is not None:
            self._held -= 1
            self._writes += 1
