"""D7: one replica is stopped and replaced, and stopped tasks of the workflow are counted."""

from typing import Any

import pytest

from deployment.results import Outcome
from sandbox.drills import replica, task_metric
from sandbox.drills.replica import Facts
from sandbox.drills.target import account_of
from tests.unit.sandbox import invented
from tests.unit.sandbox.drill_contexts import drilled

ECS = ("cloudformation", "list_stack_resources", "ecs")
LISTED, DESCRIBED = ("ecs", "list_tasks", "two"), ("ecs", "describe_tasks")
GROUPS = ("autoscaling", "describe_auto_scaling_groups")
HEALTH = ("elbv2", "describe_target_health")


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica.task_metric, "counts_stopped_tasks", lambda _context, _account: True)


class TestReplacement:
    def test_another_task_runs(self) -> None:
        found = drilled(
            ECS,
            LISTED,
            (*DESCRIBED, "first_two"),
            ("ecs", "stop_task", "stopped"),
            LISTED,
            (*DESCRIBED, "replacing"),
            LISTED,
            (*DESCRIBED, "replaced"),
        )
        outcome = replica.run(found.context)
        assert (outcome.outcome, outcome.proven) == (Outcome.PASSED, ("workflow-task-metric",))
        assert found.slept == [10]

    def test_no_other_task_runs_in_time(self) -> None:
        found = drilled(
            ECS,
            LISTED,
            (*DESCRIBED, "first_two"),
            ("ecs", "stop_task", "stopped"),
            *[LISTED, (*DESCRIBED, "replacing")] * 121,
        )
        outcome = replica.run(found.context)
        assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, "no other task runs after 20 minutes")

    def test_a_target_without_a_running_replica_fails(self) -> None:
        outcome = replica.run(drilled(ECS, ("ecs", "list_tasks", "none")).context)
        assert outcome.outcome is Outcome.FAILED

    @pytest.mark.parametrize("target", ["lambda", "app-runner"])
    def test_without_replicas_it_is_not_run(self, target: str) -> None:
        outcome = replica.run(drilled(target=target).context)
        assert outcome.outcome is Outcome.NOT_RUN
        # What was not run has seen nothing.
        assert outcome.proven == ()

    def test_an_instance_counts_when_it_is_healthy(self) -> None:
        resources = [ECS] * 6
        found = drilled(
            *resources,
            (*GROUPS, "two"),
            (*HEALTH, "instances"),
            ("autoscaling", "terminate_instance_in_auto_scaling_group", "terminated"),
            (*GROUPS, "replaced"),
            (*HEALTH, "instance_starts"),
            (*GROUPS, "replaced"),
            (*HEALTH, "instance_replaced"),
            target="ec2-podman",
        )
        assert replica.run(found.context).outcome is Outcome.PASSED
        assert found.slept == [10]

    def test_an_instance_of_beanstalk_is_replaced(self) -> None:
        environment = ("elasticbeanstalk", "describe_environment_resources", "group")
        found = drilled(
            *[("cloudformation", "list_stack_resources", "beanstalk")] * 3,
            *[environment] * 3,
            (*GROUPS, "two"),
            ("ec2", "terminate_instances", "terminated"),
            (*GROUPS, "replacing"),
            (*GROUPS, "replaced"),
            target="beanstalk",
        )
        assert replica.run(found.context).outcome is Outcome.PASSED
        none = ("elasticbeanstalk", "describe_environment_resources", "none")
        found = drilled(("cloudformation", "list_stack_resources", "beanstalk"), none, target="beanstalk")
        assert replica.run(found.context).outcome is Outcome.FAILED

    def test_a_pod_is_deleted_with_kubectl(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(replica, "_namespace", lambda _context: "orders")
        eks = ("cloudformation", "list_stack_resources", "eks")
        found = drilled(
            *[eks, eks, ECS, eks, eks, eks, eks, ECS],
            ("lambda", "invoke", "pods"),
            (*HEALTH, "two"),
            ("lambda", "invoke", "null"),
            ("lambda", "invoke", "pods_replaced"),
            (*HEALTH, "two"),
            target="eks-auto",
        )
        assert replica.run(found.context).outcome is Outcome.PASSED

    @pytest.mark.parametrize(
        ("after", "verdict"), [(["b", "c"], True), (["a", "b"], False), (["b"], False), (["a", "b", "c"], False)]
    )
    def test_a_replica_is_replaced_if_as_many_serve_as_before(self, after: Any, verdict: bool) -> None:
        assert replica.judge(["a", "b"], "a", after) is verdict

    def test_a_task_that_stops_does_not_count(self) -> None:
        tasks = invented.read(*DESCRIBED)["replacing"]["tasks"]
        assert [arn.rpartition("/")[2] for arn in replica.judge_tasks(tasks)] == ["2"]


class TestStoppedTasks:
    WORKFLOW = ("cloudformation", "list_stack_resources", "workflow")
    STOP = ("ecs", "stop_task", "stopped")

    @pytest.fixture(autouse=True)
    def orders(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(task_metric, "_place_orders", lambda _context: True)

    @pytest.mark.parametrize(("name", "slept"), [("three", [30]), ("two", [30] * 30)])
    def test_three_are_stopped_and_counted(self, name: str, slept: list[float]) -> None:
        metric = ("cloudwatch", "get_metric_data")
        found = drilled(
            *[self.WORKFLOW] * 3,
            ("ecs", "list_tasks", "two"),
            *[self.STOP] * 2,
            ("ecs", "list_tasks", "four"),
            self.STOP,
            (*metric, "two"),
            *[(*metric, name)] * len(slept),
        )
        assert task_metric.counts_stopped_tasks(found.context, account_of(found.context)) is (name == "three")
        assert found.slept == [2, *slept]

    @pytest.mark.parametrize(
        "responses",
        [
            [("cloudformation", "list_stack_resources", "ecs")] * 3,
            [WORKFLOW] * 3 + [("ecs", "list_tasks", "denied")],
            [WORKFLOW] * 3 + [("ecs", "list_tasks", "none")] * 151,
            [WORKFLOW] * 3 + [("ecs", "list_tasks", "three"), ("ecs", "stop_task", "denied")],
        ],
    )
    def test_without_stopped_tasks_nothing_is_known(self, responses: Any) -> None:
        found = drilled(*responses)
        assert task_metric.counts_stopped_tasks(found.context, account_of(found.context)) is None

    def test_the_family_is_that_of_the_definition(self) -> None:
        assert task_metric.family_of("arn:aws:ecs:us-east-1:123456789012:task-definition/fulfil:3") == "fulfil"

    @pytest.mark.parametrize(("counted", "verdict"), [(True, True), (False, False), (None, None)])
    def test_the_statement_follows_from_the_count(self, counted: bool | None, verdict: bool | None) -> None:
        assert replica.OBSERVERS["workflow-task-metric"](Facts(counts_stopped_tasks=counted)) is verdict
