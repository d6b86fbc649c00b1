"""D8: the limits of the load, and what counts as a scaling activity."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from deployment.errors import ActionableError
from deployment.results import Outcome
from sandbox.drill import DeployResult
from sandbox.drills import load
from sandbox.drills.bounded_load import MAX_RATE, MAX_SECONDS, BoundedLoad
from sandbox.drills.load import Facts
from sandbox.drills.target import account_of
from tests.unit.sandbox import invented
from tests.unit.sandbox.drill_contexts import drilled

OWN = "https://a.execute-api.us-east-1.amazonaws.com"
HEALTH = ("elbv2", "describe_target_health")
SINCE = datetime(2026, 11, 28, 12, tzinfo=UTC)
ECS = ("cloudformation", "list_stack_resources", "ecs")


def bounded(**changes: Any) -> BoundedLoad:
    return BoundedLoad(**{"url": f"{OWN}/livez", "own_urls": [OWN], "rate": 50.0, "seconds": 600.0, **changes})


class TestLimits:
    def test_the_largest_load_is_50_requests_a_second_for_10_minutes(self) -> None:
        assert (MAX_RATE, MAX_SECONDS) == (50, 600)
        assert bounded().requests == 30_000
        assert (load.RATE, load.SECONDS) <= (MAX_RATE, MAX_SECONDS)

    @pytest.mark.parametrize(
        "changes",
        [
            {"rate": 50.1},
            {"rate": 0},
            {"rate": float("inf")},
            {"rate": float("nan")},
            {"seconds": 601},
            {"seconds": 0},
            {"url": "https://example.com/livez"},
            {"url": f"{OWN}.example.com/livez"},
            {"url": OWN.replace("https", "http")},
            {"url": OWN.replace("https://", "https://user@")},
            {"own_urls": []},
        ],
    )
    def test_more_or_elsewhere_is_rejected(self, changes: Any) -> None:
        with pytest.raises(ActionableError) as caught:
            bounded(**changes)
        assert "allowed" in caught.value.cause

    @pytest.mark.parametrize("delay", [0.0, 1.0])
    def test_it_never_exceeds_its_rate_and_its_time(self, delay: float) -> None:
        """Also where each wait takes longer: late requests are not made up for."""
        seconds, times = [0.0], []

        async def request(url: str) -> None:
            assert url == f"{OWN}/livez"
            times.append(seconds[0])
            raise httpx.ReadTimeout("late")

        async def sleep(waited: float) -> None:
            seconds[0] += waited + delay
            await asyncio.sleep(0)

        sent = asyncio.run(bounded(rate=10, seconds=60).send(request, now=lambda: seconds[0], sleep=sleep))
        assert sent == len(times) <= 600
        assert max(times) <= 60.001 + delay
        assert all(later - earlier >= 0.099 for earlier, later in pairwise(times))

    def test_it_stops_when_it_is_enough(self) -> None:
        async def request(_url: str) -> None:
            return None

        sent = asyncio.run(bounded().send(request, now=lambda: 0.0, is_enough=lambda: True))
        assert sent == 0


class TestActivities:
    @pytest.mark.parametrize(
        ("name", "verdict"), [("successful", True), ("running", False), ("earlier", False), ("none", False)]
    )
    def test_an_activity_of_the_service_was_successful(self, name: str, verdict: bool) -> None:
        activities = invented.read("application-autoscaling", "describe_scaling_activities")[name]["ScalingActivities"]
        assert load.judge_activities(activities, SINCE) is verdict

    @pytest.mark.parametrize(("name", "verdict"), [("successful", True), ("replaced", False), ("none", False)])
    def test_a_replaced_instance_is_no_scaling(self, name: str, verdict: bool) -> None:
        activities = invented.read("autoscaling", "describe_scaling_activities")[name]["Activities"]
        assert load.judge_activities(activities, SINCE) is verdict

    def test_each_platform_tells_it_in_its_own_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Now(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return SINCE.astimezone(tz)

        monkeypatch.setattr(load, "datetime", Now)
        activity = ("application-autoscaling", "describe_scaling_activities", "successful")
        cases: list[tuple[str, list[tuple[str, str, str]]]] = [
            ("ecs-fargate", [ECS, activity]),
            (
                "eks-fargate",
                [ECS, ECS, ("elbv2", "describe_target_health", "two"), ("elbv2", "describe_target_health", "three")],
            ),
            ("ec2-podman", [ECS, ECS, ("autoscaling", "describe_scaling_activities", "successful")]),
            (
                "beanstalk",
                [
                    *[("cloudformation", "list_stack_resources", "beanstalk")] * 2,
                    ("elasticbeanstalk", "describe_environment_resources", "group"),
                    ("autoscaling", "describe_scaling_activities", "successful"),
                ],
            ),
        ]
        for target, responses in cases:
            context = drilled(*responses, target=target).context
            assert load.watcher(context, account_of(context))() is True, target

    def test_as_many_pods_as_before_are_no_scaling(self) -> None:
        targets = invented.read("elbv2", "describe_target_health")["two"]["TargetHealthDescriptions"]
        assert load.judge_registered_more(targets, 2) is False


class TestDrill:
    @pytest.mark.parametrize(
        ("facts", "outcome"),
        [
            (Facts(sent=100, has_scaled=True), Outcome.PASSED),
            (Facts(sent=100, has_scaled=False), Outcome.FAILED),
            (Facts(sent=0, has_scaled=True), Outcome.FAILED),
        ],
    )
    def test_it_is_passed_if_the_target_has_scaled(self, facts: Facts, outcome: Outcome) -> None:
        assert load.judge(facts)[0] is outcome

    @pytest.mark.parametrize("target", ["lambda", "app-runner"])
    def test_without_scaling_activities_it_is_not_run(self, target: str) -> None:
        found = drilled(target=target)
        assert load.run(found.context).outcome is Outcome.NOT_RUN
        assert not found.deployed

    def test_the_first_version_is_deployed_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: list[BoundedLoad] = []

        class Sending:
            def __init__(self, bound: BoundedLoad, _context: Any) -> None:
                sent.append(bound)

            def __enter__(self) -> Any:
                return lambda: 300

            def __exit__(self, *_error: object) -> None:
                return None

        monkeypatch.setattr(load, "_sending", Sending)
        monkeypatch.setattr(load, "load_on", lambda _context: bounded(rate=30))
        verdicts = iter([False, True])
        monkeypatch.setattr(load, "watcher", lambda _context, _account: lambda: next(verdicts))
        found = drilled(target="eks-fargate")
        outcome = load.run(found.context)
        assert (outcome.outcome, outcome.proven) == (Outcome.PASSED, ("metrics-server-measures-fargate",))
        assert found.deployed == [(load.SCALES_EARLY,), ()]
        assert [one.rate for one in sent] == [30]

    def test_a_version_that_is_not_deployed_gets_no_load(self) -> None:
        found = drilled(results=[DeployResult(status="UPDATE_ROLLBACK_COMPLETE", seconds=1)])
        with pytest.raises(ActionableError):
            load.run(found.context)
        assert found.deployed == [(load.SCALES_EARLY,), ()]

    def test_urls_are_those_of_the_stacks_of_the_run(self) -> None:
        targets = {name: SimpleNamespace(stack=name, url_output="Url") for name in ("One", "Two")}
        app: Any = SimpleNamespace(targets=targets)
        assert load.own_urls(app, {"One": {"Url": OWN}, "Data": {}}) == [OWN]
