"""Outcome of a fault injection: the targets that respond while one is down, and its recovery."""

import httpx

from deployment.fault_injection import inject_fault, judge
from deployment.orders_client import OrdersClient
from deployment.results import Outcome
from tests.unit.deployment.fake_environment import FakeEnvironment, container

FAKE = FakeEnvironment()


def test_all_others_respond_and_the_target_recovers() -> None:
    result = judge("ecs-fargate", 2, 4, [], 2.345, FAKE)
    assert result.outcome is Outcome.PASSED
    assert (result.target, result.killed, result.other_targets) == ("ecs-fargate", 2, 4)
    assert (result.responding, result.recovery_s) == (4, 2.35)
    assert (result.reason, result.cause, result.fix) == ("", "", "")


def test_another_target_that_fails_meanwhile_depends_on_it() -> None:
    result = judge("ecs-fargate", 2, 4, ["lambda", "beanstalk"], 2.0, FAKE)
    assert result.outcome is Outcome.FAILED
    assert result.reason == "lambda, beanstalk failed while ecs-fargate was down"
    assert result.responding == 2
    assert result.fix == "fake logs lambda"


def test_a_target_that_stays_down_was_not_replaced() -> None:
    result = judge("ecs-fargate", 2, 4, [], None, FAKE)
    assert result.outcome is Outcome.FAILED
    assert result.reason == "ecs-fargate did not recover within 60 s"
    assert result.fix == "fake logs ecs-fargate"


def test_where_nothing_can_be_killed_it_is_not_run_and_says_why() -> None:
    result = inject_fault(FAKE, {}, {})
    assert result.outcome is Outcome.NOT_RUN
    assert result.reason == "containers cannot be killed in the environment 'fake'"


class Replaced:
    """One container of each stack, replaced as soon as it is killed."""

    def __init__(self) -> None:
        self.ids = {"A": "a1", "B": "b1"}

    def describe(self):
        return [container(id=identifier, stack=stack) for stack, identifier in self.ids.items()]

    def kill(self, killed) -> None:
        self.ids[killed.stack] += "-new"


def clients_of(*names: str) -> dict[str, OrdersClient]:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    return {name: OrdersClient(httpx.Client(base_url="http://x", transport=transport), "t") for name in names}


def test_the_containers_of_the_first_target_are_killed() -> None:
    containers = Replaced()
    result = inject_fault(FakeEnvironment(containers=containers), clients_of("a", "b"), {"a": "A", "b": "B"})
    assert (result.outcome, result.target, result.killed) == (Outcome.PASSED, "a", 1)
    assert containers.ids == {"A": "a1-new", "B": "b1"}


def test_services_of_the_same_stack_are_killed_with_the_target() -> None:
    environment = FakeEnvironment(containers=Replaced())
    result = inject_fault(environment, clients_of("a", "a2", "b"), {"a": "A", "a2": "A", "b": "B"})
    assert (result.outcome, result.target, result.other_targets) == (Outcome.PASSED, "a", 1)


def test_with_all_services_in_one_stack_it_is_not_run() -> None:
    environment = FakeEnvironment(containers=Replaced())
    result = inject_fault(environment, clients_of("a", "a2"), {"a": "A", "a2": "A"})
    assert (result.outcome, result.reason) == (Outcome.NOT_RUN, "it needs two targets that passed, in two stacks")
