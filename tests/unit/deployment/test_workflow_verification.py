"""Workflow verification: creating orders, following them, and the fault that is reported."""

import itertools
import json
from dataclasses import replace

import httpx
import pytest

from deployment.environment import Timeouts
from deployment.errors import ActionableError
from deployment.orders_client import OrdersClient
from deployment.results import Outcome
from deployment.workflow_verification import UNFULFILLABLE_QUANTITY, create_orders, find_fault, verify_workflow
from deployment.workflow_verification import follow as follow_orders
from tests import example_results
from tests.unit.deployment.fake_environment import FakeEnvironment


def test_a_workflow_that_passed_has_no_fault():
    assert find_fault(example_results.workflow()).reason == ""


def with_last(**changes):
    good = example_results.workflow()
    return replace(good, order_results=[*good.order_results[:-1], replace(good.order_results[-1], **changes)])


def test_an_order_that_is_not_final_is_a_fault():
    fault = find_fault(with_last(status="CHECKED", expected="FULFILLED", reason="", execution="RUNNING"))
    assert fault.reason == "1 of 12 orders have the wrong status: ord_12 is CHECKED, expected FULFILLED"
    assert fault.cause == "its execution is RUNNING"


def test_an_order_that_is_not_in_the_table_is_a_fault():
    fault = find_fault(with_last(status="", reason="", execution="", executions=0))
    assert "ord_12 is not in the table, expected REJECTED" in fault.reason
    assert fault.cause == "it has no execution: the pipe started none"


def test_a_task_that_exits_with_7_is_the_cause():
    stuck = with_last(status="FULFILLING", expected="FULFILLED")
    fault = find_fault(replace(stuck, tasks=[example_results.container("task", exit_code=7)]))
    assert fault.cause == "task container exited with 7"
    assert fault.tasks == ("task",)


def test_a_failed_task_is_a_fault_even_when_every_order_has_its_status():
    tasks = [*example_results.workflow().tasks, example_results.container("task", exit_code=7)]
    assert find_fault(replace(example_results.workflow(), tasks=tasks)).reason == "1 of 12 tasks failed"


def test_a_task_that_does_not_exit_is_a_fault():
    tasks = [*example_results.workflow().tasks, example_results.container("task-12")]
    assert (
        find_fault(replace(example_results.workflow(), tasks=tasks)).reason
        == "task-12 still runs though its order is final"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reason": ""}, "ord_12 was rejected without a reason"),
        ({"executions": 2}, "ord_12 has 2 executions, expected 1"),
        ({"execution": "FAILED"}, "the execution of ord_12 is FAILED, expected SUCCEEDED"),
    ],
)
def test_faults_that_the_status_alone_does_not_show(changes, reason):
    assert find_fault(with_last(**changes)).reason == reason


def test_a_missing_part_of_the_trace_is_a_fault():
    lacking = replace(example_results.trace(), missing=["fargate task"])
    assert (
        find_fault(replace(example_results.workflow(), trace=lacking)).reason
        == "the trace of ord_1 lacks: fargate task"
    )


FAKE = FakeEnvironment()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def follow(read, orders=1, activity=lambda: None):
    clock, counts = Clock(), []
    items = follow_orders(read, orders, counts.append, Timeouts(), activity=activity, clock=clock, sleep=clock.sleep)
    return items, counts, clock.now


def test_orders_are_followed_until_all_are_final():
    statuses = iter(["PLACED", "CHECKED", "CHECKED", "FULFILLED"])
    items, counts, _ = follow(lambda: {"ord_1": {"status": next(statuses)}})
    assert items == {"ord_1": {"status": "FULFILLED"}}
    assert counts == ["1 PLACED", "1 CHECKED", "1 FULFILLED"]


def test_following_ends_when_nothing_changes_any_more():
    _, _, seconds = follow(lambda: {"ord_1": {"status": "FULFILLING"}})
    assert Timeouts.orders_stalled_s < seconds < Timeouts.orders_stalled_s + 1


def test_orders_that_stall_are_waited_for_while_their_executions_move():
    events = iter([1, 2, 3])
    statuses = itertools.chain(["FULFILLING"] * 120, itertools.repeat("FULFILLED"))
    items, _, seconds = follow(lambda: {"ord_1": {"status": next(statuses)}}, activity=lambda: next(events))
    assert items == {"ord_1": {"status": "FULFILLED"}}
    assert seconds > 1.5 * Timeouts.orders_stalled_s


def test_following_ends_when_the_executions_stand_still_as_well():
    _, _, seconds = follow(lambda: {"ord_1": {"status": "FULFILLING"}}, activity=lambda: {"execution": 7})
    assert 2 * Timeouts.orders_stalled_s < seconds < 2 * Timeouts.orders_stalled_s + 2


def test_following_ends_at_the_timeout_even_when_something_always_changes():
    statuses = iter(f"S{number}" for number in range(10_000))
    _, _, seconds = follow(lambda: {"ord_1": {"status": next(statuses)}})
    assert Timeouts.orders_s < seconds < Timeouts.orders_s + 1


def test_an_order_that_is_not_in_the_table_yet_is_waited_for():
    reads = iter([{}, {"ord_1": {"status": "FULFILLED"}}])
    items, _, _ = follow(lambda: next(reads))
    assert items


def client_of(respond) -> OrdersClient:
    return OrdersClient(httpx.Client(base_url="http://target", transport=httpx.MockTransport(respond)), "token")


class Creates:
    def __init__(self, status: int = 201) -> None:
        self.status = status
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, json={"id": f"ord_{id(self)}_{len(self.requests)}"})


def test_orders_are_spread_over_the_targets_and_the_last_exceeds_the_stock():
    fargate, function = Creates(), Creates()
    created = create_orders({"ecs-fargate": client_of(fargate), "lambda": client_of(function)}, FAKE, 12)
    assert [order.target for order in created[:3]] == ["ecs-fargate", "lambda", "ecs-fargate"]
    assert [order.expected for order in created] == ["FULFILLED"] * 11 + ["REJECTED"]
    assert len({order.id for order in created}) == 12
    body = json.loads(function.requests[-1].content)
    assert body["lines"][0]["quantity"] == UNFULFILLABLE_QUANTITY


def test_each_order_has_a_trace_of_its_own():
    target = Creates()
    created = create_orders({"lambda": client_of(target)}, FAKE, 3)
    headers = [request.headers["x-amzn-trace-id"] for request in target.requests]
    assert all(f"Root={order.trace_id};" in header for order, header in zip(created, headers, strict=True))
    assert all(header.endswith("Sampled=1") for header in headers)
    assert len({order.trace_id for order in created}) == 3


def test_a_target_that_creates_no_order_is_named_with_its_response():
    with pytest.raises(ActionableError) as raised:
        create_orders({"lambda": client_of(Creates(503))}, FAKE, 3)
    assert raised.value.message == "lambda created no order"
    assert "503" in raised.value.cause
    assert raised.value.fix == "fake logs lambda"


def test_without_a_target_that_passed_it_is_not_run():
    result = verify_workflow(None, {}, print)
    assert (result.outcome, result.reason) == (Outcome.NOT_RUN, "no target passed its checks, so there are no orders")
