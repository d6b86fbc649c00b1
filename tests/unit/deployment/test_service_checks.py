"""Checks of a service that is not the orders API."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from deployment.latency import measure_targets
from deployment.results import Outcome, TargetResult
from deployment.service_checks import run_service_checks
from deployment.service_client import ServiceClient

TEXT = '"message":"Hello"'


def client_of(respond: Callable[[httpx.Request], httpx.Response]) -> ServiceClient:
    http = httpx.Client(base_url="http://target", transport=httpx.MockTransport(respond))
    return ServiceClient(http, health_path="/healthz")


def disconnect(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no connection")


@pytest.mark.parametrize(
    ("responses", "respond", "outcome"),
    [
        ({"/": TEXT}, lambda _: httpx.Response(200, text=f"{{{TEXT}}}"), Outcome.PASSED),
        ({"/": TEXT}, lambda _: httpx.Response(200, text="{}"), Outcome.FAILED),
        ({"/": TEXT}, lambda _: httpx.Response(201, text=TEXT), Outcome.FAILED),
        ({"/": TEXT}, disconnect, Outcome.FAILED),
        ({}, lambda _: httpx.Response(404), Outcome.PASSED),
        ({}, lambda _: httpx.Response(502), Outcome.FAILED),
    ],
)
def test_the_response_decides(responses: dict[str, str], respond: Any, outcome: Outcome) -> None:
    [check] = run_service_checks(client_of(respond), responses)
    assert (check.name, check.outcome) == ("GET /", outcome)
    assert check.got


def test_the_health_path_is_that_of_the_service() -> None:
    client = client_of(lambda request: httpx.Response(200 if request.url.path == "/healthz" else 404))
    assert client.is_ready()
    assert not client_of(disconnect).is_ready()


@pytest.mark.parametrize(("responses", "path"), [({"/hello": TEXT}, "/hello"), ({}, "/healthz")])
def test_latency_is_measured_on_a_path_that_responds(responses: dict[str, str], path: str) -> None:
    seen: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(200)

    targets = {"lambda": TargetResult(outcome=Outcome.PASSED, stack="S", construct="C")}
    measured = measure_targets({"lambda": client_of(respond)}, targets, 8, responses)
    assert set(seen) == {path}
    assert measured["lambda"].requests == 8
