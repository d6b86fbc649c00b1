"""Good clients repeat a request with its key until the service has decided, and no longer."""

import asyncio
import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from deployment.load import clients
from deployment.load.clients import Attempt, Clients, errors_by_kind
from deployment.load.order_stream import Kind, PlannedOrder
from deployment.prober import Aim

Respond = Callable[[httpx.Request], httpx.Response]
AIMS = {name: Aim(base_url=f"http://{name}", headers={}, paths=()) for name in ("one", "two")}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_FIRST_PAUSE_S", 0.0)


def place(
    monkeypatch: pytest.MonkeyPatch,
    respond: Respond,
    *,
    kind: Kind = Kind.ORDINARY,
    number: int = 1,
    patience_s: float = 5,
) -> Clients:
    real = httpx.AsyncClient
    transport = httpx.MockTransport(respond)
    monkeypatch.setattr(clients.httpx, "AsyncClient", lambda **_options: real(transport=transport))
    found = Clients(AIMS, patience_s=patience_s, concurrency=2)
    order = PlannedOrder(number=number, kind=kind, target="one", customer="c", lines={"tea": 1})
    asyncio.run(found.place_all([order], lambda _number: True))
    return found


def in_turn(*responses: httpx.Response | Exception) -> tuple[list[httpx.Request], Respond]:
    requests: list[httpx.Request] = []
    left: Iterator[httpx.Response | Exception] = iter(responses)

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return requests, respond


def created(identifier: str = "ord_1") -> httpx.Response:
    return httpx.Response(201, json={"id": identifier})


def test_a_request_without_a_decision_is_repeated_with_the_same_key(monkeypatch: pytest.MonkeyPatch):
    requests, respond = in_turn(httpx.ConnectError("rejected"), httpx.Response(503), httpx.Response(429), created())
    found = place(monkeypatch, respond)
    assert {request.headers["idempotency-key"] for request in requests} == {"c-key"}
    assert {request.content for request in requests} == {requests[0].content}
    assert len(requests) == len(found.attempts) == 4
    assert found.placed[0].ids == {"ord_1"}
    assert json.loads(requests[0].content)["customer"] == "c"


def test_a_rejection_is_final(monkeypatch: pytest.MonkeyPatch):
    requests, respond = in_turn(httpx.Response(422, text="no"))
    found = place(monkeypatch, respond)
    assert (len(requests), found.placed[0].ids, found.placed[0].rejection) == (1, set(), "422 no")


def test_patience_ends(monkeypatch: pytest.MonkeyPatch):
    found = place(monkeypatch, lambda _request: httpx.Response(503), patience_s=0)
    assert (found.placed[0].ids, found.placed[0].rejection) == (set(), "")


def test_some_clients_send_the_request_again_to_another_target(monkeypatch: pytest.MonkeyPatch):
    requests, respond = in_turn(created(), created("ord_2"))
    found = place(monkeypatch, respond, number=10)
    assert [request.url.host for request in requests] == ["one", "two"]
    assert found.placed[0].ids == {"ord_1", "ord_2"}
    assert found.placed[0].is_repeated


@pytest.mark.parametrize(("status", "is_cancelled"), [(200, True), (409, False)])
def test_a_cancellation_is_confirmed_or_too_late(monkeypatch: pytest.MonkeyPatch, status: int, is_cancelled: bool):
    requests, respond = in_turn(created(), httpx.Response(500), httpx.Response(status))
    found = place(monkeypatch, respond, kind=Kind.CANCELLED)
    assert [request.url.path for request in requests[1:]] == ["/orders/ord_1/cancel"] * 2
    assert found.placed[0].is_cancelled is is_cancelled


def test_errors_have_kinds():
    def attempt(target: str, status: int | None, error: str) -> Attempt:
        return Attempt(target=target, status=status, error=error, duration_s=1)

    attempts = [
        attempt("one", 503, "busy"),
        attempt("two", 503, "busy"),
        attempt("two", None, "no response: timeout"),
        attempt("two", 201, ""),
    ]
    assert errors_by_kind(attempts) == {"503 busy": {"one": 1, "two": 1}, "no response: timeout": {"two": 1}}


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(201, json={}), ""),
        (httpx.Response(503, json={"title": "Service unavailable"}), "Service unavailable"),
        (httpx.Response(502, json={"message": "Target 10.0.0.1:8080 failed"}), "Target … failed"),
        (httpx.Response(502, text="Bad\ngateway"), "Bad gateway"),
        (httpx.Response(500, json=["?"]), "['?']"),
    ],
)
def test_the_kind_of_an_error_names_no_address(response: httpx.Response, kind: str):
    assert clients._kind_of_error(response) == kind
