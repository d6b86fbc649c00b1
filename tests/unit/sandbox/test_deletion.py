"""Deletion of a run's stacks: order, waits, failures and cancelled updates."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from sandbox import deletion
from sandbox.deletion import Deletion, Remaining, next_step
from sandbox.own_stacks import FoundStack
from sandbox.preflight.stack_collisions import TAG
from sandbox.state import StateFile
from tests.unit.sandbox.fake_account import RUN, FakeClock, FakeCloudFormation, new_file

NAMES = ("OrdersRegistry", "OrdersData", "OrdersOnLambda")


class Deleted:
    """A run with three stacks, and what its deletion shows."""

    def __init__(self, runs: Path) -> None:
        self.file: StateFile = new_file(runs)
        self.aws = FakeCloudFormation()
        self.clock = FakeClock()
        self.shown: list[str] = []
        self.ids = {name: self.aws.add(name) for name in NAMES}
        for name, stack_id in self.ids.items():
            self.file.add_stack(name, stack_id)

    def delete(self, *names: str) -> list[Remaining]:
        return Deletion(self.aws, self.file, self.shown.append, self.clock).delete(names)


@pytest.fixture
def run(tmp_path: Path) -> Deleted:
    return Deleted(tmp_path)


def found(status: str, run: str = RUN) -> FoundStack:
    return FoundStack(name="Orders", id="id", status=status, tags={TAG: run})


@pytest.mark.parametrize(
    ("stack", "step"),
    [
        (None, "gone"),
        (found("DELETE_COMPLETE"), "gone"),
        (found("DELETE_COMPLETE", "other"), "gone"),
        (found("CREATE_COMPLETE", "other"), "not ours"),
        (found("CREATE_COMPLETE", ""), "not ours"),
        (found("UPDATE_IN_PROGRESS"), "cancel the update"),
        (found("UPDATE_ROLLBACK_IN_PROGRESS"), "wait"),
        (found("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), "wait"),
        (found("ROLLBACK_IN_PROGRESS"), "wait"),
        (found("DELETE_IN_PROGRESS"), "wait"),
        (found("CREATE_IN_PROGRESS"), "delete"),
        (found("REVIEW_IN_PROGRESS"), "delete"),
        (found("UPDATE_ROLLBACK_FAILED"), "delete"),
        (found("DELETE_FAILED"), "delete"),
    ],
)
def test_the_state_of_a_stack_decides_what_happens_to_it(stack: FoundStack | None, step: str) -> None:
    assert next_step(stack, RUN) == step


def test_each_deletion_is_recorded_before_the_next_one_begins(run: Deleted) -> None:
    def check() -> None:
        begun = [stack_id for _, stack_id in run.aws.calls]
        done = [stack.id for stack in run.file.state.stacks if stack.is_deleted]
        assert set(begun[:-1]) <= set(done)

    run.clock.on_wait = check
    assert run.delete() == []
    assert run.file.state.existing == []


def test_the_screen_says_what_is_waited_for(run: Deleted) -> None:
    run.delete()
    assert "OrdersOnLambda: delete in progress, OrdersOnLambda" in run.shown


def test_chosen_stacks_alone_are_deleted(run: Deleted) -> None:
    assert run.delete("OrdersOnLambda") == []
    assert run.aws.calls == [("DeleteStack", run.ids["OrdersOnLambda"])]


def test_a_deletion_that_failed_is_tried_once_more(run: Deleted) -> None:
    run.aws.fails = {run.ids["OrdersOnLambda"]: 1}
    assert run.delete() == []
    assert len(run.aws.calls) == 4


def test_a_stack_that_cannot_be_deleted_keeps_those_that_it_uses(run: Deleted) -> None:
    run.aws.fails = {run.ids["OrdersData"]: 9}
    remaining = run.delete()
    assert [stack.name for stack in remaining] == ["OrdersData", "OrdersRegistry"]
    assert remaining[0].reason == "Images: it has images"
    assert remaining[0].fix.endswith("--stack-name OrdersData")
    assert [stack.name for stack in run.file.state.existing] == ["OrdersRegistry", "OrdersData"]
    assert ("DeleteStack", run.ids["OrdersRegistry"]) not in run.aws.calls


def test_a_stack_without_events_for_an_hour_is_given_up(run: Deleted) -> None:
    run.aws.steps = 10**9
    remaining = run.delete()
    assert remaining[0].reason == "no event for 60 minutes"
    assert deletion.STALLED_S < run.clock.seconds < deletion.STALLED_S + 60


def test_the_screen_is_asked_every_five_seconds(run: Deleted) -> None:
    run.aws.steps = 10**9
    run.delete("OrdersOnLambda")
    described = sum("delete in progress" in text for text in run.shown)
    assert described <= run.clock.seconds / 5 + 1


def test_an_update_that_has_just_ended_is_no_error(run: Deleted, monkeypatch: pytest.MonkeyPatch) -> None:
    stack_id = run.ids["OrdersOnLambda"]
    run.aws.stacks[stack_id]["StackStatus"] = "UPDATE_IN_PROGRESS"

    def end(StackName: str) -> None:  # noqa: N803
        run.aws.stacks[StackName]["StackStatus"] = "UPDATE_COMPLETE"
        raise ClientError({"Error": {"Code": "ValidationError", "Message": "not in progress"}}, "CancelUpdateStack")

    monkeypatch.setattr(run.aws, "cancel_update_stack", end)
    assert run.delete() == []


def test_a_lost_connection_is_waited_for(run: Deleted, monkeypatch: pytest.MonkeyPatch) -> None:
    describe, calls = run.aws.describe_stacks, []

    def unreliable(StackName: str) -> object:  # noqa: N803
        calls.append(StackName)
        if len(calls) % 2:
            raise EndpointConnectionError(endpoint_url="https://example.com")
        return describe(StackName)

    monkeypatch.setattr(run.aws, "describe_stacks", unreliable)
    assert run.delete() == []
    assert any("cannot be reached" in text for text in run.shown)


def test_settling_waits_until_nothing_changes(run: Deleted) -> None:
    run.aws.delete_stack(run.ids["OrdersOnLambda"])
    Deletion(run.aws, run.file, run.shown.append, run.clock).settle()
    assert run.aws.status(run.ids["OrdersOnLambda"]) == "DELETE_COMPLETE"
