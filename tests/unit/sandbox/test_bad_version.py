"""D4, D5 and D6: what a rollback looks like, what counts as a lost request, and the statements that follow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from deployment.errors import ActionableError
from deployment.prober import Loss, Tally
from deployment.results import Outcome
from sandbox.drill import DeployResult
from sandbox.drills import bad_version
from sandbox.drills.bad_version import AlarmFacts, FirstFacts, UpdateFacts
from sandbox.drills.service_deployments import Rollback, deployments_of, judge_deployments
from sandbox.drills.target import account_of
from tests.unit.sandbox import invented
from tests.unit.sandbox.drill_contexts import drilled

ROLLED_BACK = DeployResult(status="UPDATE_ROLLBACK_COMPLETE", seconds=300)
DEPLOYED = DeployResult(status="UPDATE_COMPLETE", seconds=60)
NOT_CREATED = DeployResult(status="ROLLBACK_COMPLETE", seconds=600)
STUCK = DeployResult(status="UPDATE_ROLLBACK_FAILED", seconds=1)
SLOW = DeployResult(status="UPDATE_ROLLBACK_COMPLETE", seconds=3000)
SERVED = Tally(requests=100)
LOST = Tally(requests=100, lost=3, losses=(Loss(reason="GET /livez: 503", requests=3, first_s=4, last_s=9),))
BREAKER = Rollback(cause="circuit breaker")
ALARM = Rollback(cause="alarm", alarms=("orders",))
ECS = ("cloudformation", "list_stack_resources", "ecs")
LISTED = ("ecs", "list_service_deployments")
DESCRIBED = ("ecs", "describe_service_deployments")
SERVICE = "arn:aws:ecs:us-east-1:123456789012:service/orders/orders"
SINCE = datetime(2026, 11, 28, 12, tzinfo=UTC)


def update(result: DeployResult = ROLLED_BACK, tally: Tally = SERVED, **changes: Any) -> UpdateFacts:
    values = {"is_rolled_back": result == ROLLED_BACK, "rollback": BREAKER, **changes}
    return UpdateFacts(result=result, tally=tally, **values)


def alarm(result: DeployResult = ROLLED_BACK, **changes: Any) -> AlarmFacts:
    return AlarmFacts(result=result, **{"has_gone_off": True, "rollback": ALARM, **changes})


@dataclass
class FakeProber:
    """A prober that has sent what a test says."""

    counted: Tally
    asked: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    lost: int = 0

    def tally(self, _target: str, _since_s: float) -> Tally:
        return self.counted


@pytest.fixture
def prober(monkeypatch: pytest.MonkeyPatch) -> FakeProber:
    found = FakeProber(SERVED)

    @contextmanager
    def probed(_context: Any, **arguments: Any) -> Iterator[FakeProber]:
        found.asked.append(arguments)
        yield found

    monkeypatch.setattr(bad_version, "probed", probed)
    return found


class TestUpdate:
    @pytest.mark.parametrize(
        ("facts", "outcome", "reason"),
        [
            (update(), Outcome.PASSED, ""),
            (update(DEPLOYED), Outcome.FAILED, "the version that exits was deployed"),
            # App Runner has rolled back, although CloudFormation reports success.
            (update(DEPLOYED, is_rolled_back=True), Outcome.PASSED, ""),
            (
                update(DeployResult(status="UPDATE_ROLLBACK_FAILED", seconds=1)),
                Outcome.FAILED,
                "UPDATE_ROLLBACK_FAILED",
            ),
            (update(tally=Tally()), Outcome.FAILED, "no request was sent"),
            (update(tally=LOST), Outcome.FAILED, "3 of 100 requests were lost, 4 to 9 s after the start"),
        ],
    )
    def test_it_is_rolled_back_without_a_lost_request(self, facts: UpdateFacts, outcome: Outcome, reason: str) -> None:
        found, text = bad_version.judge_update(facts)
        assert found is outcome
        assert reason in text

    @pytest.mark.parametrize(
        ("id_", "facts", "verdict"),
        [
            ("ecs-rolls-back", update(), True),
            ("ecs-rolls-back", update(rollback=None), None),
            ("ecs-rolls-back", update(rollback=ALARM), None),
            ("ecs-rolls-back", update(DEPLOYED), False),
            ("podman-rolls-back", update(), True),
            (
                "podman-rolls-back",
                update(DeployResult(status="UPDATE_ROLLBACK_COMPLETE", seconds=3000), is_rolled_back=True),
                False,
            ),
            ("podman-rolls-back", update(tally=LOST), False),
            ("podman-rolls-back", update(tally=Tally()), None),
            ("podman-rolls-back", update(STUCK), None),
            ("app-runner-failure-ends", update(DEPLOYED, is_rolled_back=True), True),
            ("app-runner-failure-ends", update(DEPLOYED), False),
            ("beanstalk-failure-ends", update(), True),
        ],
    )
    def test_a_statement_follows_from_what_was_seen(self, id_: str, facts: UpdateFacts, verdict: bool | None) -> None:
        assert bad_version.UPDATE_OBSERVERS[id_](facts) is verdict

    def test_a_rolled_back_version_is_not_deployed_again(self, prober: FakeProber) -> None:
        found = drilled(ECS, ECS, (*LISTED, "second"), (*DESCRIBED, "circuit_breaker"), results=[ROLLED_BACK])
        outcome = bad_version.run_update(found.context)
        assert outcome.outcome is Outcome.PASSED
        assert outcome.proven == ("ecs-rolls-back",)
        assert found.deployed == [(bad_version.EXITS,)]
        assert prober.asked == [{}]
        assert sum(found.slept) >= 30

    def test_a_version_that_was_deployed_is_replaced_by_the_first_one(self, prober: FakeProber) -> None:  # noqa: ARG002
        found = drilled(ECS, ECS, (*LISTED, "none"), results=[DEPLOYED, DEPLOYED])
        outcome = bad_version.run_update(found.context)
        assert outcome.outcome is Outcome.FAILED
        assert outcome.refuted == ("ecs-rolls-back",)
        assert found.deployed == [(bad_version.EXITS,), ()]

    def test_a_rejected_version_leaves_the_first_one(self, prober: FakeProber) -> None:  # noqa: ARG002
        found = drilled(results=[DEPLOYED])

        def fail_once(*context: str) -> DeployResult:
            found.deployed.append(context)
            if context:
                raise ActionableError("the app does not synthesise", "", "")
            return DEPLOYED

        object.__setattr__(found.context, "redeploy", fail_once)
        with pytest.raises(ActionableError):
            bad_version.run_update(found.context)
        assert found.deployed == [(bad_version.EXITS,), ()]

    def test_the_drill_fails_if_the_first_version_does_not_return(self, prober: FakeProber) -> None:  # noqa: ARG002
        found = drilled(results=[DEPLOYED, NOT_CREATED])
        with pytest.raises(ActionableError):
            bad_version.run_update(found.context)

    @pytest.mark.parametrize("run", [bad_version.run_update, bad_version.run_first])
    def test_lambda_rolls_nothing_back(self, run: Any) -> None:
        found = drilled(target="lambda")
        outcome = run(found.context)
        assert outcome.outcome is Outcome.NOT_RUN
        assert "no health check" in outcome.reason
        assert not found.deployed
        assert not found.deleted

    @pytest.mark.parametrize(("name", "verdict"), [("rolled_back", True), ("earlier", False), ("succeeded", False)])
    def test_app_runner_tells_a_rollback_of_this_deployment(self, name: str, verdict: bool) -> None:
        operations = invented.read("apprunner", "list_operations")[name]["OperationSummaryList"]
        assert bad_version.judge_operations(operations, SINCE) is verdict


class TestFirst:
    @pytest.mark.parametrize(
        ("result", "outcome", "reason"),
        [
            (NOT_CREATED, Outcome.PASSED, ""),
            (DEPLOYED, Outcome.FAILED, "was deployed"),
            (DeployResult(status="ROLLBACK_COMPLETE", seconds=10800), Outcome.FAILED, "it took 180 minutes"),
        ],
    )
    def test_it_fails_before_the_timeout(self, result: DeployResult, outcome: Outcome, reason: str) -> None:
        found, text = bad_version.judge_first(FirstFacts(result=result, timeout_s=10800))
        assert found is outcome
        assert reason in text

    @pytest.mark.parametrize(
        ("id_", "seconds", "verdict"),
        [
            ("express-first-deployment-ends", 10799, True),
            ("express-first-deployment-ends", 10800, False),
            ("app-runner-failure-ends", 600, True),
            ("app-runner-failure-ends", 3600, False),
            ("beanstalk-failure-ends", 3600, True),
        ],
    )
    def test_a_statement_follows_from_what_was_seen(self, id_: str, seconds: float, verdict: bool) -> None:
        facts = FirstFacts(result=DeployResult(status="ROLLBACK_COMPLETE", seconds=seconds), timeout_s=10800)
        assert bad_version.FIRST_OBSERVERS[id_](facts) is verdict

    def test_the_first_version_is_deployed_again(self) -> None:
        found = drilled(target="ecs-express", results=[NOT_CREATED, DEPLOYED])
        outcome = bad_version.run_first(found.context)
        assert (outcome.outcome, outcome.proven) == (Outcome.PASSED, ("express-first-deployment-ends",))
        assert found.deleted == ["target"]
        assert found.deployed == [(bad_version.EXITS,), ()]


class TestAlarm:
    @pytest.mark.parametrize(
        ("facts", "outcome", "reason"),
        [
            (alarm(), Outcome.PASSED, ""),
            (alarm(DEPLOYED), Outcome.FAILED, "was deployed"),
            (alarm(has_gone_off=False), Outcome.FAILED, "did not go off"),
            (alarm(has_gone_off=None), Outcome.NOT_RUN, "does not tell"),
            (alarm(rollback=None), Outcome.FAILED, "tells no rollback"),
            (alarm(rollback=BREAKER), Outcome.FAILED, "does not name the alarm: circuit breaker"),
            (alarm(rollback=Rollback(cause="")), Outcome.FAILED, "another cause"),
        ],
    )
    def test_the_rollback_names_the_alarm(self, facts: AlarmFacts, outcome: Outcome, reason: str) -> None:
        found, text = bad_version.judge_alarm(facts)
        assert found is outcome
        assert reason in text

    @pytest.mark.parametrize(
        ("id_", "facts", "verdict"),
        [
            ("ecs-rolls-back", alarm(), True),
            ("ecs-rolls-back", alarm(rollback=BREAKER), None),
            ("ecs-rolls-back", alarm(DEPLOYED), False),
            ("ecs-rolls-back", alarm(DEPLOYED, has_gone_off=False, rollback=None), None),
            ("express-two-target-groups", alarm(target_groups=2), True),
            ("express-two-target-groups", alarm(target_groups=1), False),
            ("express-two-target-groups", alarm(), None),
        ],
    )
    def test_a_statement_follows_from_what_was_seen(self, id_: str, facts: AlarmFacts, verdict: bool | None) -> None:
        assert bad_version.ALARM_OBSERVERS[id_](facts) is verdict

    def test_it_runs_under_ten_requests_a_second(self, prober: FakeProber) -> None:
        found = drilled(
            ECS,
            ("ecs", "describe_services", "alarmed"),
            ("cloudwatch", "describe_alarm_history", "gone_off"),
            ECS,
            (*LISTED, "second"),
            (*DESCRIBED, "alarm"),
            results=[ROLLED_BACK],
        )
        outcome = bad_version.run_alarm(found.context)
        assert (outcome.outcome, outcome.reason) == (Outcome.PASSED, "")
        assert prober.asked == [{"rate": 10.0, "only_orders": True}]
        assert found.deployed == [(bad_version.UNAVAILABLE,)]

    @pytest.mark.parametrize("name", ["alarm_off", "no_rollback", "present"])
    def test_without_an_alarm_that_rolls_back_it_is_not_run(self, name: str) -> None:
        found = drilled(ECS, ("ecs", "describe_services", name))
        assert bad_version.run_alarm(found.context).outcome is Outcome.NOT_RUN
        found = drilled(("cloudformation", "list_stack_resources", "beanstalk"), target="beanstalk")
        assert bad_version.run_alarm(found.context).outcome is Outcome.NOT_RUN

    def test_a_missing_permission_is_unknown(self, prober: FakeProber) -> None:  # noqa: ARG002
        denied = ("cloudwatch", "describe_alarm_history", "denied")
        found = drilled(
            ECS, ("ecs", "describe_services", "alarmed"), denied, ECS, (*LISTED, "none"), results=[ROLLED_BACK]
        )
        assert bad_version.run_alarm(found.context).outcome is Outcome.NOT_RUN

    @pytest.mark.parametrize(("name", "verdict"), [("gone_off", True), ("quiet", False), ("none", False)])
    def test_the_history_tells_whether_the_alarm_went_off(self, name: str, verdict: bool) -> None:
        items = invented.read("cloudwatch", "describe_alarm_history")[name]["AlarmHistoryItems"]
        assert bad_version.judge_history(items) is verdict

    def test_express_has_alarms_and_target_groups_of_its_own(self) -> None:
        express = (
            ("ecs", "describe_express_gateway_service", "present"),
            ("ecs", "describe_service_revisions", "express"),
        )
        found = drilled(*express, target="ecs-express")
        assert bad_version.rollback_alarms(found.context, account_of(found.context), SERVICE) == ["express-rollback"]
        for name, number in (("express", 2), ("single", 1), ("none", None)):
            revisions = invented.read("ecs", "describe_service_revisions")[name]["serviceRevisions"]
            assert bad_version.judge_target_groups(revisions) == number


class TestServiceDeployments:
    @pytest.mark.parametrize(
        ("name", "rollback"),
        [
            ("circuit_breaker", Rollback(cause="circuit breaker", seconds=300)),
            ("alarm", Rollback(cause="alarm", alarms=("orders",), seconds=300)),
            ("by_hand", Rollback(cause="", seconds=300)),
            ("running", None),
            ("successful", None),
        ],
    )
    def test_a_rollback_has_a_cause(self, name: str, rollback: Rollback | None) -> None:
        assert judge_deployments(invented.read(*DESCRIBED)[name]["serviceDeployments"]) == rollback

    def test_every_page_is_read(self) -> None:
        found = drilled((*LISTED, "page"), (*LISTED, "first"))
        assert len(deployments_of(account_of(found.context), SERVICE)) == 2
