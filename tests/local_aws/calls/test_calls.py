"""What the run asks a target, asked of a small orders API that can be broken one promise at a time."""

import json
import threading

import httpx
import pytest

from deployment.contract import latency, questions
from deployment.contract.conversation import Conversation, seconds_until_ready
from deployment.results import Outcome

TOKEN = "the-token"
PROBLEM = {"content-type": "application/problem+json"}


class OrdersApi:
    """The contract in thirty lines; `broken` names the promise that it does not keep."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.orders: dict[str, dict] = {}
        self.keys: dict[str, tuple[dict, str]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.broken == "silent":
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


def talk_to(answer) -> Conversation:
    return Conversation(httpx.Client(base_url="http://target", transport=httpx.MockTransport(answer)), TOKEN)


def failed(checks) -> list[str]:
    return [check.name for check in checks if check.outcome is Outcome.FAILED]


def test_a_target_that_keeps_the_contract_passes_every_check():
    checks = questions.ask_all(talk_to(OrdersApi()))
    assert [check.outcome for check in checks] == [Outcome.PASSED] * len(questions.QUESTIONS)


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        ("token", "wrong token refused"),
        ("idempotency", "same key, same order"),
        ("other body", "same key, other body refused"),
        ("faults", "bad body refused, all faults named"),
        ("problem", "unknown order"),
        ("read", "read it back"),
    ],
)
def test_each_broken_promise_fails_its_own_check(broken, check):
    assert check in failed(questions.ask_all(talk_to(OrdersApi(broken))))


def test_a_fault_that_is_not_named_is_named_here():
    checks = questions.ask_all(talk_to(OrdersApi("faults")))
    [check] = [check for check in checks if check.outcome is Outcome.FAILED]
    assert check.got.endswith("does not name quantity")


def test_checks_of_an_order_are_not_run_when_none_could_be_placed():
    checks = {check.name: check for check in questions.ask_all(talk_to(OrdersApi("place")))}
    assert checks["place an order"].got == "502 Bad Gateway"
    assert checks["read it back"].outcome is Outcome.NOT_RUN
    assert checks["read it back"].reason == "no order could be placed"


def test_a_target_that_hangs_is_asked_only_once():
    checks = questions.ask_all(talk_to(OrdersApi("silent")))
    assert failed(checks) == ["place an order"]
    assert checks[0].got == "no answer in time"
    assert {check.outcome for check in checks[1:]} == {Outcome.NOT_RUN}


def test_the_token_is_not_in_the_representation_of_a_conversation():
    assert TOKEN not in repr(talk_to(OrdersApi()))


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
    answers = iter([503, 503, 200])
    talk = talk_to(lambda _request: httpx.Response(next(answers)))
    waited, got = seconds_until_ready(talk, clock=clock, stopped=clock.wait)
    assert (waited, got) == (pytest.approx(0.15), "200")


def test_waiting_for_ready_is_bounded_and_keeps_the_last_answer():
    clock = Clock()
    talk = talk_to(lambda _request: httpx.Response(503, text="table out of reach"))
    waited, got = seconds_until_ready(talk, within_s=20, clock=clock, stopped=clock.wait)
    assert (waited, got) == (None, "503 table out of reach")
    assert clock.now < 22


def test_waiting_for_ready_ends_when_the_run_is_interrupted():
    stop = threading.Event()
    stop.set()
    talk = talk_to(lambda _request: httpx.Response(503))
    assert seconds_until_ready(talk, stopped=stop.wait)[0] is None


def test_percentiles_are_values_that_were_seen():
    values = [float(value) for value in range(1, 201)]
    assert latency.percentile(values, 50) == 100
    assert latency.percentile(values, 99) == 198
    assert latency.percentile([7.0], 99) == 7
    assert latency.percentile([], 50) is None


def test_answers_other_than_200_are_counted_and_not_timed():
    warm_up = [200] * 4
    answers = iter([*warm_up, 200, 502, 200, 502])
    taken = latency.measure(talk_to(lambda _request: httpx.Response(next(answers))), "/orders/1", 4)
    assert len(taken.times_ms) == 2
    assert taken.summary == "2 × 200, 2 × 502"


def test_measuring_ends_with_the_first_request_that_is_not_answered():
    asked = []

    def answer(request):
        asked.append(request)
        raise httpx.ReadTimeout("slow", request=request)

    taken = latency.measure(talk_to(answer), "/orders/1", 200)
    assert len(asked) == 2  # the warm-up's and the first that counts
    assert taken.summary == "1 × no answer in time"


def test_targets_are_measured_in_turns_so_that_none_is_always_the_first():
    seen: list[str] = []

    def remembering(name):
        def answer(_request):
            seen.append(name)
            return httpx.Response(200)

        return talk_to(answer), "/orders/1"

    taken = latency.measure_in_rounds({"one": remembering("one"), "other": remembering("other")}, 10)
    assert {name: found.requests for name, found in taken.items()} == {"one": 10, "other": 10}
    turns = [name for number, name in enumerate(seen) if number == 0 or seen[number - 1] != name]
    assert turns == ["one", "other"] * latency.ROUNDS


def test_a_target_that_gives_no_answer_is_not_asked_in_later_rounds():
    asked: list[str] = []

    def silent(request):
        asked.append("silent")
        raise httpx.ReadTimeout("slow", request=request)

    whom = {
        "silent": (talk_to(silent), "/"),
        "well": (talk_to(lambda _request: httpx.Response(200)), "/"),
    }
    taken = latency.measure_in_rounds(whom, 20)
    assert len(asked) == 2
    assert taken["silent"].summary == "1 × no answer in time"
    assert taken["well"].summary == "20 × 200"
