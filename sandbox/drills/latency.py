"""The figures of D1: how soon the target responds, and how long a read takes from where the run is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from deployment.latency import measure, percentile
from deployment.orders_client import OrdersClient
from deployment.results import CREATE_ORDER, Check, Outcome
from deployment.service_client import ServiceClient

REQUESTS = 100


def figures(
    client: ServiceClient,
    checks: Sequence[Check],
    ready_s: float | None,
    *,
    scales_to_zero: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return field of `comparison.facts.evidence.Measurements` -> figure; only a target that passed is measured.

    Args:
        client: a client of the target.
        checks: its contract checks.
        ready_s: seconds until the first response 200; None without one.
        scales_to_zero: whether nothing runs before the first request, which is then a cold start. Default: False.
        clock: returns seconds from any start. Default: the performance counter.
    """
    if ready_s is None or any(check.outcome is not Outcome.PASSED for check in checks):
        return {}
    found = {"healthy_s": ready_s} | ({"cold_start_s": ready_s} if scales_to_zero else {})
    if path := _path(client, checks):
        latency = measure(client, path, REQUESTS, clock=clock)
        if not latency.other_responses:
            percentiles = {"p50_ms": percentile(latency.times_ms, 50), "p99_ms": percentile(latency.times_ms, 99)}
            found |= {name: value for name, value in percentiles.items() if value is not None}
    return found


def _path(client: ServiceClient, checks: Sequence[Check]) -> str:
    """Return the path of the order that the checks created; of another service, that of the health check."""
    if not isinstance(client, OrdersClient):
        return client.health_path
    created = next((check.got for check in checks if check.name == CREATE_ORDER), "")
    return f"/orders/{created.removeprefix('201 ')}" if created.startswith("201 ") else ""
