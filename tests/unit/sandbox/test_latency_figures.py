"""The figures that D1 measures on a target, with a service in memory."""

import itertools
from collections.abc import Callable

import httpx
import pytest

from comparison.facts.evidence import Measurements
from deployment.orders_client import OrdersClient
from deployment.results import CREATE_ORDER, Check, Outcome
from deployment.service_client import ServiceClient
from sandbox.drills.latency import REQUESTS, figures

CREATED = Check(name=CREATE_ORDER, outcome=Outcome.PASSED, expected="201", got="201 ord_1")
HEALTHY = Check(name="health check", outcome=Outcome.PASSED, expected="200", got="200")


def transport(requested: list[str], status: int = 200) -> httpx.MockTransport:
    def respond(request: httpx.Request) -> httpx.Response:
        requested.append(request.url.path)
        return httpx.Response(status)

    return httpx.MockTransport(respond)


def orders_client(requested: list[str], status: int = 200) -> OrdersClient:
    http = httpx.Client(base_url="https://a.example", transport=transport(requested, status))
    return OrdersClient(http, token="t")


def clock(seconds: float) -> Callable[[], float]:
    ticks = itertools.count()
    return lambda: next(ticks) * seconds


def test_reads_of_the_created_order_are_measured() -> None:
    requested: list[str] = []
    found = figures(orders_client(requested), [HEALTHY, CREATED], 2.5, clock=clock(0.031))
    assert found == {"healthy_s": 2.5, "p50_ms": pytest.approx(31), "p99_ms": pytest.approx(31)}
    assert set(found) <= set(Measurements.__struct_fields__)
    assert set(requested) == {"/orders/ord_1"}
    assert len(requested) >= REQUESTS


def test_of_another_service_the_health_check_is_measured() -> None:
    requested: list[str] = []
    http = httpx.Client(base_url="https://a.example", transport=transport(requested))
    assert "p50_ms" in figures(ServiceClient(http, health_path="/up"), [HEALTHY], 1.0)
    assert set(requested) == {"/up"}


def test_the_first_response_of_a_target_that_scales_to_zero_is_a_cold_start() -> None:
    assert figures(orders_client([]), [HEALTHY, CREATED], 2.5, scales_to_zero=True)["cold_start_s"] == 2.5
    assert "cold_start_s" not in figures(orders_client([]), [HEALTHY, CREATED], 2.5)


def test_a_target_that_failed_is_not_measured() -> None:
    requested: list[str] = []
    failed = Check(name="created order can be read", outcome=Outcome.FAILED, expected="200", got="500")
    assert figures(orders_client(requested), [HEALTHY, CREATED, failed], 2.5) == {}
    assert figures(orders_client(requested), [HEALTHY], None) == {}
    assert requested == []


def test_responses_other_than_200_are_no_latency() -> None:
    assert figures(orders_client([], status=503), [HEALTHY, CREATED], 2.5) == {"healthy_s": 2.5}
