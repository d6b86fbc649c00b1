"""Latency of the targets: one GET request after the other, `/orders/{id}` in the sample."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import httpx

from deployment.contract_checks import created_order
from deployment.orders_client import OrdersClient, no_response
from deployment.results import Check, Outcome, TargetResult, rounded
from deployment.service_client import ServiceClient

WARM_UP = 5
ROUNDS = 4


@dataclass(frozen=True)
class Latency:
    """Response times of one target.

    Attributes:
        times_ms: milliseconds of each response 200, in order.
        other_responses: every other response -> how often it came.
        responsive: whether each request got a response.
    """

    times_ms: tuple[float, ...]
    other_responses: Mapping[str, int]
    responsive: bool = True

    @property
    def requests(self) -> int:
        """Number of requests."""
        return len(self.times_ms) + sum(self.other_responses.values())

    @property
    def summary(self) -> str:
        """All responses in one line: "198 × 200, 2 × 502"."""
        parts = {"200": len(self.times_ms), **self.other_responses}
        return ", ".join(f"{count} × {response}" for response, count in parts.items() if count)


def measure_targets(
    clients: Mapping[str, ServiceClient],
    targets: Mapping[str, TargetResult],
    requests: int,
    responses: Mapping[str, str] = {},
) -> dict[str, TargetResult]:
    """Measure every target that can be, and add its latency and a check that each response is 200."""
    paths = {name: _path(client, targets[name], responses) for name, client in clients.items()}
    requested = {name: (client, paths[name]) for name, client in clients.items() if paths[name]}
    measured = measure_in_rounds(requested, requests)
    return {name: _with_latency(targets[name], latency, requests) for name, latency in measured.items()}


def _path(client: ServiceClient, target: TargetResult, responses: Mapping[str, str]) -> str:
    """Return the path to measure: that of the order, of the first declared response, or of the health check."""
    if isinstance(client, OrdersClient):
        order = created_order(target)
        return f"/orders/{order}" if order else ""
    return next(iter(responses), client.health_path) if target.outcome is Outcome.PASSED else ""


def _with_latency(target: TargetResult, latency: Latency, requests: int) -> TargetResult:
    check = Check(
        name="all measured requests succeed",
        outcome=Outcome.FAILED if latency.other_responses else Outcome.PASSED,
        expected=f"{requests} × 200",
        got=latency.summary,
    )
    measured = replace(
        target,
        requests=latency.requests,
        p50_ms=rounded(percentile(latency.times_ms, 50)),
        p99_ms=rounded(percentile(latency.times_ms, 99)),
    )
    return measured.with_checks([*target.checks, check])


def measure_in_rounds(
    requested: Mapping[str, tuple[ServiceClient, str]],
    requests: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Latency]:
    """Measure several targets in turns, so that a disturbance of this machine affects all of them.

    Args:
        requested: Target ID -> client and path.
        requests: Number of requests to each target.
        clock: Returns seconds from any start. Default: the performance counter.
    """
    rounds: dict[str, list[Latency]] = {name: [] for name in requested}
    for number in range(ROUNDS):
        in_this_round = requests * (number + 1) // ROUNDS - requests * number // ROUNDS
        for name, (client, path) in requested.items():
            # An unresponsive target would cost one timeout for each request.
            if all(measured.responsive for measured in rounds[name]):
                rounds[name].append(measure(client, path, in_this_round, clock=clock))
    return {name: _joined(measured) for name, measured in rounds.items()}


def measure(
    client: ServiceClient, path: str, requests: int, *, clock: Callable[[], float] = time.perf_counter
) -> Latency:
    """Request `path` repeatedly over one connection, after a short warm-up; stop when a response is missing."""
    for _ in range(min(WARM_UP, requests)):
        if not _timed(client, path, clock)[1]:
            break
    times_ms: list[float] = []
    others: Counter[str] = Counter()
    for _ in range(requests):
        response, milliseconds = _timed(client, path, clock)
        if response == "200":
            times_ms.append(milliseconds)
        else:
            others[response] += 1
        if not milliseconds:
            return Latency(tuple(times_ms), others, responsive=False)
    return Latency(tuple(times_ms), others)


def _joined(parts: Sequence[Latency]) -> Latency:
    others: Counter[str] = Counter()
    for part in parts:
        others.update(part.other_responses)
    times_ms = tuple(time_ms for part in parts for time_ms in part.times_ms)
    return Latency(times_ms, others, all(part.responsive for part in parts))


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the nearest-rank percentile, which is one of the values; None without values."""
    if not values:
        return None
    rank = max(1, math.ceil(percent / 100 * len(values)))
    return sorted(values)[rank - 1]


def _timed(client: ServiceClient, path: str, clock: Callable[[], float]) -> tuple[str, float]:
    """Return the response and its milliseconds; 0 without a response."""
    started = clock()
    try:
        response = str(client.get_once(path).status_code)
    except httpx.TransportError as error:
        return no_response(error), 0.0
    return response, (clock() - started) * 1000
