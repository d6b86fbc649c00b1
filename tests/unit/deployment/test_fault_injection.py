"""Outcome of a fault injection: the targets that respond while one is down, and its recovery."""

from pathlib import Path

import httpx
import pytest

from deployment.assembly import Assembly, Target
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
    result = inject_fault(FAKE, assembly_of(), {})
    assert result.outcome is Outcome.NOT_RUN
    assert result.reason == "containers cannot be killed in the environment 'fake'"


class Replaced:
    """Containers that are replaced as soon as they are killed: one of each resource."""

    def __init__(self, **stacks: str) -> None:
        self.stacks = stacks
        self.ids = {name: f"{name}1" for name in stacks}

    def describe(self):
        return [
            container(id=identifier, stack=self.stacks[name], resource=f"{name}Task")
            for name, identifier in self.ids.items()
        ]

    def kill(self, killed) -> None:
        self.ids[killed.resource.removesuffix("Task")] += "-new"


def assembly_of(**stacks: str) -> Assembly:
    """An app with a target in each stack, and one resource in each target."""
    targets = {
        name: Target(id=name, construct="FargateMicroservice", stack=stack, logical_ids=(f"{name}Task",))
        for name, stack in stacks.items()
    }
    return Assembly(path=Path(), stacks=(), targets=targets)


def clients_of(*names: str) -> dict[str, OrdersClient]:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    return {name: OrdersClient(httpx.Client(base_url="http://x", transport=transport), "t") for name in names}


@pytest.mark.parametrize("stacks", [{"a": "A", "b": "B"}, {"a": "A", "b": "A"}], ids=["two stacks", "one stack"])
def test_the_containers_of_the_first_target_are_killed(stacks: dict[str, str]) -> None:
    containers = Replaced(**stacks)
    result = inject_fault(FakeEnvironment(containers=containers), assembly_of(**stacks), clients_of("a", "b"))
    assert (result.outcome, result.target, result.killed, result.other_targets) == (Outcome.PASSED, "a", 1, 1)
    assert containers.ids == {"a": "a1-new", "b": "b1"}


def test_with_one_target_it_is_not_run() -> None:
    result = inject_fault(FakeEnvironment(containers=Replaced(a="A")), assembly_of(a="A"), clients_of("a"))
    assert (result.outcome, result.reason) == (Outcome.NOT_RUN, "it needs two targets that passed")
