"""Whether the workflow did what it had to: the verdict, the following of orders, and placing them."""

import json
from dataclasses import replace

import httpx
import pytest

from deployment.contract.conversation import Conversation
from deployment.errors import ActionableError
from deployment.workflow import following, placing
from deployment.workflow.verdict import judge
from tests.local_aws import invented


def test_a_workflow_that_did_everything_right_has_no_fault():
    assert judge(invented.workflow()).reason == ""


def with_last(**changes):
    good = invented.workflow()
    return replace(good, ends=[*good.ends[:-1], replace(good.ends[-1], **changes)])


def test_an_order_that_did_not_end_is_a_fault():
    verdict = judge(with_last(status="CHECKED", expected="FULFILLED", reason="", execution="RUNNING"))
    assert verdict.reason == "1 of 12 orders did not end as they had to: ord_12 is CHECKED, expected FULFILLED"
    assert verdict.cause == "its execution is RUNNING"


def test_an_order_that_is_lost_is_a_fault():
    verdict = judge(with_last(status="", reason="", execution="", executions=0))
    assert "ord_12 is not in the table, expected REJECTED" in verdict.reason
    assert verdict.cause == "it has no execution: the pipe started none"


def test_a_task_that_exits_with_7_is_the_why_of_its_order():
    stuck = with_last(status="FULFILLING", expected="FULFILLED")
    verdict = judge(replace(stuck, tasks=[invented.container("task", exit_code=7)]))
    assert verdict.cause == "task container exited with 7"
    assert verdict.log_of == ("task",)


def test_a_failed_task_is_a_fault_even_when_every_order_ended_well():
    tasks = [*invented.workflow().tasks, invented.container("task", exit_code=7)]
    assert judge(replace(invented.workflow(), tasks=tasks)).reason == "1 of 12 tasks failed"


def test_a_task_that_does_not_end_is_a_fault():
    tasks = [*invented.workflow().tasks, invented.container("task-12")]
    assert judge(replace(invented.workflow(), tasks=tasks)).reason == "task-12 still runs though its order ended"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reason": ""}, "ord_12 was rejected without a reason"),
        ({"executions": 2}, "ord_12 has 2 executions, expected 1"),
        ({"execution": "FAILED"}, "the execution of ord_12 is FAILED, expected SUCCEEDED"),
    ],
)
def test_faults_that_the_end_alone_does_not_show(changes, reason):
    assert judge(with_last(**changes)).reason == reason


def test_a_part_missing_from_the_trace_is_a_fault():
    lacking = replace(invented.trace(), missing=["fargate task"])
    assert judge(replace(invented.workflow(), trace=lacking)).reason == "the trace of ord_1 lacks: fargate task"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def follow(read, orders=1):
    clock, said = Clock(), []
    items = following.follow(read, orders, said.append, clock=clock, sleep=clock.sleep)
    return items, said, clock.now


def test_orders_are_followed_until_all_are_at_an_end():
    statuses = iter(["PLACED", "CHECKED", "CHECKED", "FULFILLED"])
    items, said, _ = follow(lambda: {"ord_1": {"status": next(statuses)}})
    assert items == {"ord_1": {"status": "FULFILLED"}}
    assert said == ["1 PLACED", "1 CHECKED", "1 FULFILLED"]


def test_following_ends_when_nothing_moves_any_more():
    _, _, seconds = follow(lambda: {"ord_1": {"status": "FULFILLING"}})
    assert following.STALLED_AFTER_S < seconds < following.STALLED_AFTER_S + 1


def test_following_is_bounded_even_when_something_always_moves():
    statuses = iter(f"S{number}" for number in range(10_000))
    _, _, seconds = follow(lambda: {"ord_1": {"status": next(statuses)}})
    assert following.WITHIN_S < seconds < following.WITHIN_S + 1


def test_an_order_that_is_not_in_the_table_yet_is_waited_for():
    answers = iter([{}, {"ord_1": {"status": "FULFILLED"}}])
    items, _, _ = follow(lambda: next(answers))
    assert items


def talk_to(answer) -> Conversation:
    return Conversation(httpx.Client(base_url="http://target", transport=httpx.MockTransport(answer)), "token")


class Takes:
    def __init__(self, status: int = 201) -> None:
        self.status = status
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, json={"id": f"ord_{id(self)}_{len(self.requests)}"})


def test_orders_are_spread_over_the_targets_and_the_last_asks_for_too_much():
    fargate, function = Takes(), Takes()
    placed = placing.place({"ecs-fargate": talk_to(fargate), "lambda": talk_to(function)}, 12)
    assert [order.target for order in placed[:3]] == ["ecs-fargate", "lambda", "ecs-fargate"]
    assert [order.expected for order in placed] == ["FULFILLED"] * 11 + ["REJECTED"]
    assert len({order.id for order in placed}) == 12
    asked = json.loads(function.requests[-1].content)
    assert asked["lines"][0]["quantity"] == placing.UNFULFILLABLE_QUANTITY


def test_each_order_asks_for_a_trace_of_its_own():
    target = Takes()
    placed = placing.place({"lambda": talk_to(target)}, 3)
    headers = [request.headers["x-amzn-trace-id"] for request in target.requests]
    assert all(f"Root={order.trace_id};" in header for order, header in zip(placed, headers, strict=True))
    assert all(header.endswith("Sampled=1") for header in headers)
    assert len({order.trace_id for order in placed}) == 3


def test_a_target_that_takes_no_order_is_named_with_its_answer():
    with pytest.raises(ActionableError) as refused:
        placing.place({"lambda": talk_to(Takes(503))}, 3)
    assert refused.value.message == "lambda did not take an order"
    assert "503" in refused.value.cause
    assert refused.value.fix == "python -m local_aws logs lambda"
