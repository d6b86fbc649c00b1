"""No body costs the event loop much time, and no response is large."""

import json
import time

import pytest
from falcon.testing import Result

from tests.unit.sample_service.conftest import Client
from tests.unit.sample_service.hostile.bodies import EXPENSIVE, LIMIT

MAX_RESPONSE_BYTES = 32 * 1024
MAX_RELATIVE_COST = 20


def _send(client: Client, body: bytes) -> Result:
    return client.post("/orders", body=body, headers={"Content-Type": "application/json"})


@pytest.fixture(scope="module")
def cheap_cost() -> float:
    """The CPU time to parse a list of 64 KiB with the standard library: what any server would do."""
    body = "[" + "1," * (LIMIT // 2 - 1) + "1]"
    return min(_cpu_seconds(lambda: json.loads(body)) for _ in range(5))


@pytest.mark.parametrize("name", EXPENSIVE)
def test_an_expensive_body_is_rejected_with_few_faults_at_little_cost(client, cheap_cost, name):
    body = EXPENSIVE[name]
    assert len(body) <= LIMIT
    response = _send(client, body)

    assert response.status_code in (400, 422)
    assert len(response.content) < MAX_RESPONSE_BYTES
    assert len(response.json.get("faults", [])) <= 50
    # The client runs the application in this thread.
    assert min(_cpu_seconds(lambda: _send(client, body)) for _ in range(3)) < MAX_RELATIVE_COST * cheap_cost


def test_more_faults_than_listed_are_mentioned(client):
    response = _send(client, EXPENSIVE["50 empty lines"])

    assert len(response.json["faults"]) == 50
    assert response.json["detail"] == "the first 50 faults; there are more"


def test_a_list_that_is_too_long_is_one_fault(client):
    response = _send(client, EXPENSIVE["many empty lines"])

    assert [fault["field"] for fault in response.json["faults"]] == ["/customer", "/currency", "/lines"]


def test_few_faults_are_complete(client):
    assert _send(client, b"{}").json["detail"] == "see faults"


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("&".join(f"p{n}=1" for n in range(5000)), ["customer"]),
        ("&".join(["customer=c-42"] * 3000), ["customer"]),
        ("customer=" + "c" * 30_000, ["customer"]),
        ("customer=" + "%01" * 10_000, ["customer"]),
        ("customer=c-42&cursor=" + "A" * 30_000, ["cursor"]),
        ("customer=c-42&limit=" + "9" * 30_000, ["limit"]),
        ("&".join(["customer=&limit=&cursor="] * 1000), ["customer", "limit", "cursor"]),
    ],
)
def test_an_expensive_query_has_a_small_response(client, cheap_cost, query, fields):
    response = client.get("/orders", query_string=query)

    assert response.status_code == 422
    assert [fault["field"] for fault in response.json["faults"]] == fields
    assert len(response.content) < 2048
    assert (
        min(_cpu_seconds(lambda: client.get("/orders", query_string=query)) for _ in range(3))
        < MAX_RELATIVE_COST * cheap_cost
    )


@pytest.mark.parametrize(
    "limit", ["1e1", "%2B1", "+1", " 1", "1 ", "01", "1.0", "1_0", "0x1", "\u0661", "\uff11", "-0", "true"]
)
def test_a_limit_has_one_notation(client, limit):
    response = client.get("/orders", query_string=f"customer=c-42&limit={limit}")

    assert response.status_code == 422
    assert [(fault["field"], fault["allowed"]) for fault in response.json["faults"]] == [
        ("limit", "an integer from 1 to 100")
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "x" * 30_000},
        {"Content-Type": "application/json", "Idempotency-Key": "k" * 30_000},
        {"Content-Type": "application/json", "Idempotency-Key": "one,two"},
        {"Content-Type": "application/json", "Idempotency-Key": "one, two"},
        {"Content-Type": "application/json", "Authorization": "Bearer " + "t" * 30_000},
        {"Content-Type": "application/json", "Authorization": "Bearer sesame, Bearer sesame"},
    ],
)
def test_an_expensive_or_ambiguous_header_has_a_small_response(client, headers):
    response = client.post("/orders", json={}, headers=headers)

    assert response.status_code in (401, 415, 422)
    assert len(response.content) < 2048


@pytest.mark.parametrize("path", ["/orders/" + "x" * 30_000, "/orders/" + "%F0%9F%98%80" * 2000, "/" + "a/" * 15_000])
def test_a_long_path_is_not_repeated_in_the_response(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert len(response.content) < 512


def _cpu_seconds(call) -> float:
    begun = time.thread_time()
    call()
    return time.thread_time() - begun
