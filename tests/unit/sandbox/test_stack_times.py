"""The seconds that stacks took, from their events."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from comparison.facts.evidence import Measurements
from deployment.assembly import Assembly
from deployment.results import Outcome
from sandbox import run_results, stack_times
from sandbox.state import DrillRecord, StackRecord
from tests.conftest import Synthesised
from tests.unit.sandbox.fake_account import new_state

BEGAN = datetime(2026, 12, 3, 1, tzinfo=UTC)


def events(stack: str, *states: tuple[float, str], physical: str = "") -> list[dict[str, Any]]:
    """Events of a stack: seconds since the start of the run, and state; oldest first."""
    return [
        {
            "StackId": stack,
            "PhysicalResourceId": physical or stack,
            "ResourceType": "AWS::CloudFormation::Stack",
            "ResourceStatus": status,
            "Timestamp": BEGAN + timedelta(seconds=second),
        }
        for second, status in states
    ]


FIRST = events(
    "first",
    (0, "REVIEW_IN_PROGRESS"),
    (5, "CREATE_IN_PROGRESS"),
    (156.2, "CREATE_COMPLETE"),
    (200, "UPDATE_IN_PROGRESS"),
    (220, "UPDATE_COMPLETE"),
    (300, "UPDATE_IN_PROGRESS"),
    (350, "UPDATE_ROLLBACK_IN_PROGRESS"),
    (380, "UPDATE_ROLLBACK_COMPLETE"),
    (400, "UPDATE_IN_PROGRESS"),
    (500, "UPDATE_ROLLBACK_COMPLETE"),
    (600, "DELETE_IN_PROGRESS"),
    (610, "DELETE_COMPLETE"),
)
SECOND = events(
    "second",
    (700, "CREATE_IN_PROGRESS"),
    (710, "CREATE_COMPLETE"),
    (800, "DELETE_IN_PROGRESS"),
    (844, "DELETE_COMPLETE"),
)


def test_the_first_deployment_and_rollback_and_the_last_deletion_count() -> None:
    assert stack_times.judge([*FIRST, *SECOND]) == {"deploy_s": 151.2, "rollback_s": 80.0, "delete_s": 44.0}


def test_an_operation_that_fails_has_no_time() -> None:
    states = ((0, "CREATE_IN_PROGRESS"), (9, "ROLLBACK_IN_PROGRESS"), (12, "ROLLBACK_COMPLETE"))
    assert stack_times.judge(events("one", *states)) == {}
    deletion = ((20, "DELETE_IN_PROGRESS"), (30, "DELETE_FAILED"), (40, "DELETE_IN_PROGRESS"), (45, "DELETE_COMPLETE"))
    assert stack_times.judge(events("one", *states, *deletion)) == {"delete_s": 5.0}


def test_resources_and_nested_stacks_do_not_count() -> None:
    nested = events("one", (0, "CREATE_IN_PROGRESS"), (9, "CREATE_COMPLETE"), physical="nested")
    resource = [event | {"ResourceType": "AWS::SQS::Queue"} for event in FIRST]
    assert stack_times.judge([*nested, *resource]) == {}


class Client:
    """CloudFormation, which knows deleted stacks by their ID."""

    def __init__(self, found: dict[str, list[Any]]) -> None:
        self.found = found

    def get_paginator(self, _operation: str) -> "Client":
        return self

    def paginate(self, StackName: str) -> Any:  # noqa: N803
        if StackName not in self.found:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStackEvents"
            )
        # The newest is the first.
        return [{"StackEvents": list(reversed(self.found[StackName]))}]


def state_of(synthesised: Synthesised, **changes: Any) -> Any:
    stack = Assembly.load(synthesised.directory).targets["lambda"].stack
    stacks = [StackRecord(name=name, id=id_) for name, id_ in (("Other", "0"), (stack, "first"), (stack, "second"))]
    drills = (DrillRecord(drill="D1", target="lambda", outcome=Outcome.PASSED, seconds=9.0),)
    given = {"assembly": str(synthesised.directory), "stacks": tuple(stacks), "drills": drills} | changes
    return new_state(**given)


def test_the_times_of_the_target_are_in_the_evidence(synthesised: Synthesised) -> None:
    run = state_of(synthesised)
    times = stack_times.of_run(run, Client({"first": FIRST, "second": SECOND}))
    assert times == {"lambda": {"deploy_s": 151.2, "rollback_s": 80.0, "delete_s": 44.0}}
    found = run_results.evidence(run, times)
    assert found.measurements == {"lambda": Measurements(deploy_s=151.2, rollback_s=80.0, delete_s=44.0)}


def test_a_run_that_is_over_does_not_fail_for_lack_of_times(synthesised: Synthesised, tmp_path: Path) -> None:
    assert stack_times.of_run(state_of(synthesised), Client({})) == {}
    assert stack_times.of_run(state_of(synthesised, assembly=str(tmp_path / "none")), Client({})) == {}
    assert run_results.evidence(state_of(synthesised)).measurements == {}
