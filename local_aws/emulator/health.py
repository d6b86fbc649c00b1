"""Health checks that are really run: when a task counts as well, and when it is given up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

# A start is looked at closely, and so is a check that has begun to fail; between them the template's interval holds.
_STARTING_INTERVAL_S = 0.25
_FAILING_INTERVAL_S = 5.0


class Verdict(Enum):
    """What a check has found so far."""

    UNKNOWN = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


class Remedy(Enum):
    """What is done about a task that had been well; one that never was ends its deployment, whatever the check."""

    REPLACE = "another one is started"
    WITHDRAW = "its load balancer knows it no more until it passes"
    AVOID = "its load balancer sends it nothing while another one is well"


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """One health check of one task.

    Attributes:
        name: what ECS calls it, such as "container" or "ELB".
        probe: runs the check once; raises nothing; returns whether it passed, and what was seen.
        interval_s: time between checks while they pass.
        failures: consecutive failures that make it unhealthy.
        start_s: failures within this time after the start do not count.
        group: ARN of the target group; "" for a container's own check.
        address: the target's address.
        remedy: what follows when it fails.
        once: whether it is over when it has passed.
    """

    name: str
    probe: Callable[[], tuple[bool, str]]
    interval_s: float
    failures: int
    start_s: float
    group: str = ""
    address: str = ""
    remedy: Remedy = Remedy.REPLACE
    once: bool = False


def watch(check: Check, tell: Callable[[Verdict, str], bool]) -> None:
    """Run `check` again and again; `tell` gets every verdict and answers whether to go on."""
    started, failed, verdict = time.monotonic(), 0, Verdict.UNKNOWN
    counted_after_s = max(check.start_s, min(check.interval_s, _FAILING_INTERVAL_S))
    while True:
        passed, said = check.probe()
        if passed:
            failed, verdict = 0, Verdict.HEALTHY
        elif verdict is Verdict.HEALTHY or time.monotonic() - started > counted_after_s:
            failed += 1
            verdict = Verdict.UNHEALTHY if failed >= check.failures else verdict
        if not tell(verdict, said):
            return
        is_starting = verdict is Verdict.UNKNOWN and failed == 0
        slow_s = check.interval_s if passed else min(check.interval_s, _FAILING_INTERVAL_S)
        time.sleep(_STARTING_INTERVAL_S if is_starting else slow_s)
