"""Drain: each replica of each target is stopped with SIGTERM under load, in turn, and no request is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from deployment.assembly import Assembly
from deployment.containers import ContainerState
from deployment.environment import Containers
from deployment.prober import Prober, Tally, wait_until_quiet
from deployment.results import Outcome

SETTLE_S = 2.0
_SETTLE_TIMEOUT_S = 60.0
_POLL_S = 0.3


@dataclass(frozen=True, kw_only=True)
class DrainedTarget:
    """One target whose replicas were stopped.

    Attributes:
        target: its ID.
        outcome: passed if no request was lost and each replica was replaced.
        stopped: number of replicas that were stopped.
        requests: requests meanwhile.
        lost: requests that were lost: a broken connection, or a status of 500 or more.
        late: requests without a response within 5 s. Replicas that start use the CPUs meanwhile; a replica that
            stops would break the connection.
        reason: why it failed, or was not run; "" if it passed.
        cause: its cause, as far as it is known.
    """

    target: str
    outcome: Outcome
    stopped: int = 0
    requests: int = 0
    lost: int = 0
    late: int = 0
    reason: str = ""
    cause: str = ""


def drain(
    containers: Containers,
    prober: Prober,
    assembly: Assembly,
    targets: Sequence[str],
    *,
    recovery_s: float,
    concurrency: int = 2,
) -> list[DrainedTarget]:
    """Stop each replica of each target, while a prober requests the targets.

    Args:
        containers: The containers of the app.
        prober: A running prober of the targets.
        assembly: The app.
        targets: IDs of the targets.
        recovery_s: How long a replacement may take, in seconds.
        concurrency: Targets at the same time; each has one replica less meanwhile. Default: 2.
    """
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        return list(pool.map(partial(_drain_target, containers, prober, assembly, recovery_s), targets))


def _drain_target(
    containers: Containers, prober: Prober, assembly: Assembly, recovery_s: float, target: str
) -> DrainedTarget:
    began_s = prober.seconds
    stack = assembly.targets[target].stack

    def serving() -> list[ContainerState]:
        return [one for one in assembly.containers_of(target, containers.describe(stack)) if one.is_serving]

    before = serving()
    replaced = 0
    for replica in before:
        known = {one.id for one in serving()}
        if not containers.stop(replica):
            continue
        if not _until(partial(_has_new, serving, known), recovery_s):
            break
        replaced += 1
        wait_until_quiet(lambda: prober.lost, SETTLE_S, _SETTLE_TIMEOUT_S)
    return judge(target, replicas=len(before), replaced=replaced, counted=prober.tally(target, began_s))


def _has_new(serving: Callable[[], list[ContainerState]], known: set[str]) -> bool:
    return any(one.id not in known for one in serving())


def judge(target: str, *, replicas: int, replaced: int, counted: Tally) -> DrainedTarget:
    """Decide the outcome from the replaced replicas and the requests meanwhile."""
    if not replicas:
        reason = "no replica runs between requests, and none receives SIGTERM"
        return DrainedTarget(target=target, outcome=Outcome.NOT_RUN, reason=reason)
    reason = cause = ""
    broken = [loss for loss in counted.losses if not loss.is_timeout]
    lost = sum(loss.requests for loss in broken)
    if broken:
        reason, cause = f"{lost} of {counted.requests} requests were lost, expected 0", broken[0].reason
    elif replaced < replicas:
        reason, cause = f"{replaced} of {replicas} replicas were replaced", "the replacement did not start in time"
    elif not counted.requests:
        reason, cause = "no request was sent", "the prober did not run"
    return DrainedTarget(
        target=target,
        outcome=Outcome.FAILED if reason else Outcome.PASSED,
        stopped=replaced,
        requests=counted.requests,
        lost=lost,
        late=counted.lost - lost,
        reason=reason,
        cause=cause,
    )


def _until(done: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
