"""Contract checks, client and latency against a small orders API that can break one promise at a time."""

import json
import threading

import httpx
import pytest

from deployment import latency
from deployment.contract_checks import CONTRACT, run_checks
from deployment.orders_client import OrdersClient, wait_until_ready
from deployment.results import CREATE_ORDER, Outcome

TOKEN = "the-token"
PROBLEM = {"content-type": "application/problem+json"}


class OrdersApi:
    """The orders API in thirty lines; `broken` names the promise that it breaks."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.orders: dict[str, dict] = {}
        self.keys: dict[str, tuple[dict, str]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.broken == "hangs":
            raise httpx.ReadTimeout("slow", request=request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}" and self.broken != "token":
            return self.problem(401)
        if request.method == "POST":
            return self.place(json.loads(request.content), request.headers.get("idempotency-key"))
        order = self.orders.get(request.url.path.rsplit("/", 1)[1])
        if order is None:
            return httpx.Response(404) if self.broken == "problem" else self.problem(404)
        return httpx.Response(200, json={**order, "currency": "USD"} if self.broken == "read" else order)

    def place(self, body: dict, key: str | None) -> httpx.Response:
        if self.broken == "place":
            return httpx.Response(502, text="Bad Gateway")
        if body["currency"] != "EUR":
            faults = [{"field": field} for field in ("/customer", "/currency", "/lines/0/quantity")]
            return self.problem(422, faults=faults[: 2 if self.broken == "faults" else 3])
        if key in self.keys and self.broken != "idempotency":
            before, order_id = self.keys[key]
            if before != body and self.broken != "other body":
                return self.problem(422)
            return httpx.Response(200, json=self.orders[order_id])
        order = {"id": f"ord_{len(self.orders)}", "status": "PLACED", **body}
        self.orders[order["id"]] = order
        self.keys[key or ""] = (body, order["id"])
        return httpx.Response(201, json=order)

    def problem(self, status: int, **more: object) -> httpx.Response:
        return httpx.Response(status, json={"status": status, **more}, headers=PROBLEM)


def client_of(respond) -> OrdersClient:
    return OrdersClient(httpx.Client(base_url="http://target", transport=httpx.MockTransport(respond)), TOKEN)


def failed(checks) -> list[str]:
    return [check.name for check in checks if check.outcome is Outcome.FAILED]


def test_a_target_that_keeps_the_contract_passes_every_check():
    checks = run_checks(client_of(OrdersApi()))
    assert [check.outcome for check in checks] == [Outcome.PASSED] * len(CONTRACT)


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        ("token", "request with a wrong token is rejected"),
        ("idempotency", "idempotency key: same key, same order"),
        ("other body", "idempotency key: different body is rejected"),
        ("faults", "invalid body is rejected with every invalid field"),
        ("problem", "unknown order is not found"),
        ("read", "created order can be read"),
    ],
)
def test_each_broken_promise_fails_its_own_check(broken, check):
    assert check in failed(run_checks(client_of(OrdersApi(broken))))


def test_an_invalid_field_that_the_response_omits_is_named():
    checks = run_checks(client_of(OrdersApi("faults")))
    [check] = [check for check in checks if check.outcome is Outcome.FAILED]
    assert check.got.endswith("does not name quantity")


def test_checks_of_an_order_are_not_run_when_none_could_be_created():
    checks = {check.name: check for check in run_checks(client_of(OrdersApi("place")))}
    assert checks[CREATE_ORDER].got == "502 Bad Gateway"
    assert checks["created order can be read"].outcome is Outcome.NOT_RUN
    assert checks["created order can be read"].reason == "no order could be created"


def test_a_target_that_hangs_gets_one_request():
    checks = run_checks(client_of(OrdersApi("hangs")))
    assert failed(checks) == [CREATE_ORDER]
    assert checks[0].got == "no response: timeout"
    assert {check.outcome for check in checks[1:]} == {Outcome.NOT_RUN}


def test_the_token_is_not_in_the_representation_of_a_client():
    assert TOKEN not in repr(client_of(OrdersApi()))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return False


def test_ready_is_the_time_until_the_first_200():
    clock = Clock()
    responses = iter([503, 503, 200])
    client = client_of(lambda _request: httpx.Response(next(responses)))
    waited, got = wait_until_ready(client, clock=clock, stopped=clock.wait)
    assert (waited, got) == (pytest.approx(0.15), "200")


def test_waiting_for_ready_ends_at_the_timeout_with_the_last_response():
    clock = Clock()
    client = client_of(lambda _request: httpx.Response(503, text="table unreachable"))
    waited, got = wait_until_ready(client, timeout_s=20, clock=clock, stopped=clock.wait)
    assert (waited, got) == (None, "503 table unreachable")
    assert clock.now < 22


def test_waiting_for_ready_ends_when_the_run_is_interrupted():
    stop = threading.Event()
    stop.set()
    client = client_of(lambda _request: httpx.Response(503))
    assert wait_until_ready(client, stopped=stop.wait)[0] is None


def test_percentiles_are_values_of_the_measurement():
    values = [float(value) for value in range(1, 201)]
    assert latency.percentile(values, 50) == 100
    assert latency.percentile(values, 99) == 198
    assert latency.percentile([7.0], 99) == 7
    assert latency.percentile([], 50) is None


def test_responses_other_than_200_are_counted_and_not_timed():
    warm_up = [200] * 4
    responses = iter([*warm_up, 200, 502, 200, 502])
    measured = latency.measure(client_of(lambda _request: httpx.Response(next(responses))), "/orders/1", 4)
    assert len(measured.times_ms) == 2
    assert measured.summary == "2 × 200, 2 × 502"


def test_measuring_ends_with_the_first_request_without_a_response():
    requests = []

    def respond(request):
        requests.append(request)
        raise httpx.ReadTimeout("slow", request=request)

    measured = latency.measure(client_of(respond), "/orders/1", 200)
    assert len(requests) == 2  # one of the warm-up, and the first of the measurement
    assert measured.summary == "1 × no response: timeout"


def test_targets_are_measured_in_turns_so_that_none_is_always_the_first():
    seen: list[str] = []

    def recording(name):
        def respond(_request):
            seen.append(name)
            return httpx.Response(200)

        return client_of(respond), "/orders/1"

    measured = latency.measure_in_rounds({"one": recording("one"), "other": recording("other")}, 10)
    assert {name: found.requests for name, found in measured.items()} == {"one": 10, "other": 10}
    turns = [name for number, name in enumerate(seen) if number == 0 or seen[number - 1] != name]
    assert turns == ["one", "other"] * latency.ROUNDS


def test_an_unresponsive_target_gets_no_requests_in_later_rounds():
    requests: list[str] = []

    def unresponsive(request):
        requests.append("unresponsive")
        raise httpx.ReadTimeout("slow", request=request)

    requested = {
        "unresponsive": (client_of(unresponsive), "/"),
        "healthy": (client_of(lambda _request: httpx.Response(200)), "/"),
    }
    measured = latency.measure_in_rounds(requested, 20)
    assert len(requests) == 2
    assert measured["unresponsive"].summary == "1 × no response: timeout"
    assert measured["healthy"].summary == "20 × 200"
