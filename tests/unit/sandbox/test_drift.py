"""D2 and D3: the same version again changes nothing, and only a stack that was checked is in sync."""

from typing import Any

import pytest

from deployment.results import Outcome
from sandbox.drill import DeployResult
from sandbox.drills import drift, same_again
from sandbox.drills.same_again import Snapshot
from tests.unit.sandbox.drill_contexts import drilled

DETECT = ("cloudformation", "detect_stack_drift")
STATUS = ("cloudformation", "describe_stack_drift_detection_status")
RESOURCES = ("cloudformation", "describe_stack_resource_drifts")
EVENTS = ("cloudformation", "describe_stack_events")
NO_OP = DeployResult(status="UPDATE_COMPLETE", seconds=1, is_no_op=True)


class TestDrift:
    @pytest.mark.parametrize(
        ("responses", "outcome", "reason"),
        [
            ([(*STATUS, "in_sync")], Outcome.PASSED, ""),
            ([(*STATUS, "running"), (*STATUS, "in_sync")], Outcome.PASSED, ""),
            ([(*STATUS, "drifted"), (*RESOURCES, "modified")], Outcome.FAILED, "Orders: Queue modified /DelaySeconds"),
            (
                [(*STATUS, "failed_drifted"), (*RESOURCES, "deleted"), (*RESOURCES, "modified")],
                Outcome.FAILED,
                "Orders: Token deleted; Queue modified /DelaySeconds",
            ),
            ([(*STATUS, "not_checked")], Outcome.NOT_RUN, "Orders: its status is NOT_CHECKED"),
            ([(*STATUS, "failed")], Outcome.NOT_RUN, "Orders: the detection failed for a resource"),
            ([(*STATUS, "drifted"), (*RESOURCES, "denied")], Outcome.NOT_RUN, "DescribeStackResourceDrifts is missing"),
        ],
    )
    def test_a_stack_is_in_sync_if_it_was_checked(self, responses: Any, outcome: Outcome, reason: str) -> None:
        found = drift.run(drilled((*DETECT, "started"), *responses).context)
        assert found.outcome is outcome, found
        assert reason in found.reason

    def test_it_waits_20_minutes_at_most(self) -> None:
        found = drilled((*DETECT, "started"), *[(*STATUS, "running")] * 121)
        outcome = drift.run(found.context)
        assert outcome.outcome is Outcome.NOT_RUN
        assert sum(found.slept) == 1200

    @pytest.mark.parametrize("name", ["denied", "busy"])
    def test_a_rejected_detection_is_unknown(self, name: str) -> None:
        assert drift.run(drilled((*DETECT, name)).context).outcome is Outcome.NOT_RUN

    def test_one_drifted_stack_is_enough(self) -> None:
        started = [(*DETECT, "started")] * 2
        found = drilled(
            *started, (*STATUS, "in_sync"), (*STATUS, "drifted"), (*RESOURCES, "modified"), stacks=("Data", "Orders")
        )
        outcome = drift.run(found.context)
        assert outcome.outcome is Outcome.FAILED
        assert outcome.reason.startswith("Orders: ")

    def test_without_a_stack_nothing_is_in_sync(self) -> None:
        assert drift.run(drilled(stacks=()).context).outcome is Outcome.NOT_RUN


class TestSameAgain:
    BEFORE = Snapshot(events={"Orders": "1"}, deployments=frozenset({"a"}))

    @pytest.mark.parametrize(
        ("result", "after", "outcome", "reason"),
        [
            (NO_OP, BEFORE, Outcome.PASSED, ""),
            (NO_OP, Snapshot(events={"Orders": "2"}, deployments=frozenset({"a"})), Outcome.FAILED, "events of Orders"),
            (NO_OP, Snapshot(events={"Orders": "1"}, deployments=frozenset("ab")), Outcome.FAILED, "ECS has deployed"),
            (DeployResult(status="UPDATE_COMPLETE", seconds=1), BEFORE, Outcome.FAILED, "events of a stack"),
            (DeployResult(status="UPDATE_FAILED", seconds=1), BEFORE, Outcome.FAILED, "ended with UPDATE_FAILED"),
            (DeployResult(status="", seconds=1), BEFORE, Outcome.FAILED, "ended with no stack"),
        ],
    )
    def test_nothing_may_change(self, result: DeployResult, after: Snapshot, outcome: Outcome, reason: str) -> None:
        found, text = same_again.judge(result, self.BEFORE, after)
        assert found is outcome
        assert reason in text

    @pytest.mark.parametrize(
        ("after", "deployments", "outcome"),
        [
            ("created", "first", Outcome.PASSED),
            ("updated", "first", Outcome.FAILED),
            ("created", "second", Outcome.FAILED),
        ],
    )
    def test_events_and_deployments_are_compared(self, after: str, deployments: str, outcome: Outcome) -> None:
        listed = ("ecs", "list_service_deployments")
        found = drilled(
            ("cloudformation", "list_stack_resources", "ecs"),
            (*EVENTS, "created"),
            (*listed, "first"),
            (*EVENTS, after),
            (*listed, deployments),
            results=[NO_OP],
        )
        assert same_again.run(found.context).outcome is outcome
        assert found.deployed == [()]

    def test_a_target_without_an_ecs_service_has_events_only(self) -> None:
        found = drilled(
            ("cloudformation", "list_stack_resources", "beanstalk"), *[(*EVENTS, "created")] * 2, results=[NO_OP]
        )
        assert same_again.run(found.context).outcome is Outcome.PASSED
