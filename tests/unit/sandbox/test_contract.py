"""D1: its outcome, the facts of each platform, and the statements that follow from them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deployment.results import CREATE_ORDER, Check, Outcome
from sandbox.drills import contract, platform_facts, workflow_facts
from sandbox.drills.contract import Facts
from sandbox.drills.settlement import observed
from sandbox.drills.target import account_of
from sandbox.drills.telemetry import Observation
from tests.unit.sandbox import invented
from tests.unit.sandbox.drill_contexts import drilled

FOUND = Observation(seen="found")
MISSING = Observation(seen="missing", reason="no line arrived")
LEFT_OUT = Observation(seen="not looked for", reason="Transaction Search is off")
PASSED = Check(name=CREATE_ORDER, outcome=Outcome.PASSED, expected="201", got="201 ord_1")
FAILED = Check(name="created order can be read", outcome=Outcome.FAILED, expected="200", got="500 arn:aws:x")
LINE = '{"time": "t", "level": "INFO", "logger": "orders.access", "message": "request"}'
FACTS = Facts(checks=[PASSED], url="https://a.example", workflow=FOUND, logs=FOUND, metrics=FOUND, trace=FOUND)
NOW = datetime(2026, 11, 28, 12, 10, 30, tzinfo=UTC)


class TestOutcome:
    @pytest.mark.parametrize(
        ("changes", "outcome", "reason"),
        [
            ({}, Outcome.PASSED, ""),
            ({"trace": LEFT_OUT}, Outcome.PASSED, "not looked for: trace: Transaction Search is off"),
            ({"logs": MISSING, "trace": LEFT_OUT}, Outcome.FAILED, "logs: no line arrived"),
            ({"metrics": replace(MISSING, reason="no value")}, Outcome.FAILED, "metrics: no value"),
            ({"workflow": MISSING}, Outcome.FAILED, "workflow: no line arrived"),
            # The response is not in the reason: it may have names of the account.
            ({"checks": [PASSED, FAILED]}, Outcome.FAILED, "created order can be read: expected 200"),
        ],
    )
    def test_it_is_passed_if_everything_is_found(self, changes: Any, outcome: Outcome, reason: str) -> None:
        assert contract.judge(replace(FACTS, **changes)) == (outcome, reason)


class TestStatements:
    @pytest.mark.parametrize(
        ("id_", "changes", "verdict"),
        [
            ("spans-arrive", {}, True),
            ("spans-arrive", {"trace": MISSING}, None),
            ("spans-arrive", {"trace": MISSING, "has_exporter_errors": True}, False),
            ("spans-arrive", {"trace": LEFT_OUT, "has_exporter_errors": True}, None),
            ("managed-instances-pass-role", {}, True),
            ("managed-instances-pass-role", {"checks": [PASSED, FAILED]}, None),
            ("managed-instances-pass-role", {"checks": []}, None),
            ("managed-instances-rebalance-zones", {"rebalances_zones": False}, False),
            ("express-endpoint-is-a-host-name", {}, True),
            ("express-endpoint-is-a-host-name", {"url": "https://https://a.example"}, False),
            ("express-endpoint-is-a-host-name", {"url": "https://a.example/"}, False),
            ("express-endpoint-is-a-host-name", {"url": ""}, None),
            ("express-tasks-have-public-addresses", {"public_addresses": True}, True),
            ("express-tasks-have-public-addresses", {"public_addresses": False}, False),
            ("express-tasks-have-public-addresses", {"public_addresses": False, "checks": [FAILED]}, None),
            ("eks-fargate-pods-register", {"is_registered": True}, True),
            ("eks-fargate-pods-register", {}, None),
            ("eks-first-requests", {"age_s": 20, "ready_s": 0.1}, True),
            ("eks-first-requests", {"age_s": 20, "ready_s": 9}, False),
            ("eks-first-requests", {"age_s": 300, "ready_s": 0.1}, None),
            ("eks-first-requests", {"ready_s": 0.1}, None),
            ("eks-fargate-resolves-aws", {}, True),
            ("podman-first-boot", {"first_boot_s": 480.0}, True),
            ("podman-first-boot", {"first_boot_s": 601.0}, False),
            ("podman-first-boot", {}, None),
            ("podman-pulls-with-instance-role", {}, True),
            ("app-runner-accepts-port", {}, True),
            ("beanstalk-env-interpolation", {}, True),
            ("beanstalk-env-interpolation", {"logs": MISSING}, None),
            ("beanstalk-ecr-login", {}, True),
            ("beanstalk-listener-rule-matches", {}, True),
            ("beanstalk-hop-limit", {"hop_limits": [2, 2]}, True),
            ("beanstalk-hop-limit", {"hop_limits": [2, 1]}, False),
            ("beanstalk-hop-limit", {"hop_limits": [2], "checks": [FAILED]}, None),
            ("beanstalk-hop-limit", {}, None),
            ("beanstalk-logs", {"log_line": LINE}, True),
            ("beanstalk-logs", {"log_line": "web-1 | " + LINE}, False),
            ("workflow-sampling-rule", {"is_sampled": True}, True),
            ("workflow-sampling-rule", {"is_sampled": False}, None),
            ("workflow-empty-trace", {"untraced_order": "FULFILLED"}, True),
            ("workflow-empty-trace", {"untraced_order": "PLACED"}, False),
            ("workflow-empty-trace", {}, None),
        ],
    )
    def test_a_statement_follows_from_what_was_seen(
        self, id_: str, changes: Mapping[str, Any], verdict: bool | None
    ) -> None:
        assert contract.OBSERVERS[id_](replace(FACTS, **changes)) is verdict

    def test_a_drill_settles_statements_of_its_target_only(self) -> None:
        found = observed("D1", "lambda", Outcome.PASSED, "", contract.OBSERVERS, FACTS)
        assert found.proven == ("spans-arrive",)
        found = observed("D1", "beanstalk", Outcome.PASSED, "", contract.OBSERVERS, replace(FACTS, log_line="x"))
        assert "beanstalk-listener-rule-matches" in found.proven
        assert found.refuted == ("beanstalk-logs",)


class TestPlatform:
    RESOURCES = ("cloudformation", "list_stack_resources", "ecs")
    SERVICE = "arn:aws:ecs:us-east-1:123456789012:service/orders/orders"

    @pytest.mark.parametrize(("name", "verdict"), [("present", True), ("private", False), ("none", None)])
    def test_tasks_have_public_addresses(self, name: str, verdict: bool | None) -> None:
        tasks = (("ecs", "list_tasks", "two"), ("ecs", "describe_tasks", "two"))
        found = drilled(*tasks, ("ec2", "describe_network_interfaces", name))
        assert platform_facts.have_public_addresses(account_of(found.context), self.SERVICE) is verdict

    @pytest.mark.parametrize(
        "responses",
        [[("ecs", "list_tasks", "none")], [("ecs", "list_tasks", "two"), ("ecs", "describe_tasks", "bridge")]],
    )
    def test_without_interfaces_addresses_are_unknown(self, responses: Any) -> None:
        found = drilled(*responses)
        assert platform_facts.have_public_addresses(account_of(found.context), self.SERVICE) is None

    @pytest.mark.parametrize(
        ("name", "verdict"), [("rebalanced", True), ("unbalanced", False), ("present", None), ("missing", None)]
    )
    def test_zones_are_rebalanced(self, name: str, verdict: bool | None) -> None:
        found = drilled(self.RESOURCES, ("ecs", "describe_services", name), target="ecs-managed-instances")
        assert contract._of_platform(found.context, account_of(found.context)) == {"rebalances_zones": verdict}

    @pytest.mark.parametrize(("name", "verdict"), [("healthy", True), ("unhealthy", False), ("none", False)])
    def test_a_pod_is_registered(self, name: str, verdict: bool) -> None:
        found = drilled(self.RESOURCES, ("elbv2", "describe_target_health", name), target="eks-fargate")
        assert contract._of_platform(found.context, account_of(found.context)) == {"is_registered": verdict}

    def test_the_first_boot_is_measured(self) -> None:
        found = drilled(("cloudformation", "describe_stack_events", "created"), target="ec2-podman")
        assert contract._of_platform(found.context, account_of(found.context)) == {"first_boot_s": 480.0}
        assert platform_facts.judge_first_boot([]) is None

    def test_hop_limits_are_those_of_the_instances(self) -> None:
        environment = ("cloudformation", "list_stack_resources", "beanstalk")
        found = drilled(environment, ("ec2", "describe_instances", "one_hop"), target="beanstalk")
        assert contract._of_platform(found.context, account_of(found.context)) == {"hop_limits": [2, 1]}

    @pytest.mark.parametrize("target", ["ec2-podman", "lambda"])
    def test_a_missing_permission_shows_nothing(self, target: str) -> None:
        found = drilled(("cloudformation", "describe_stack_events", "denied"), target=target)
        assert contract._of_platform(found.context, account_of(found.context)) == {}

    def test_the_age_is_that_of_a_stack_that_was_not_updated(self) -> None:
        events = invented.read("cloudformation", "describe_stack_events")
        assert platform_facts.judge_age(events["created"]["StackEvents"], NOW) == 30
        assert platform_facts.judge_age(events["updated"]["StackEvents"], NOW) is None


class TestWorkflow:
    @pytest.mark.parametrize(
        ("name", "verdict"), [("counted", True), ("zero", False), ("earlier", False), ("default", False)]
    )
    def test_the_sampling_rule_has_counted_executions_of_this_run(self, name: str, verdict: bool) -> None:
        summaries = invented.read("xray", "get_sampling_statistic_summaries")[name]["SamplingStatisticSummaries"]
        assert workflow_facts.judge_sampling(summaries, ["orders"], NOW - timedelta(minutes=10)) is verdict

    @pytest.mark.parametrize(("responses", "verdict"), [(["zero", "counted"], True), (["denied"], None)])
    def test_the_statistics_may_arrive_late(self, responses: list[str], verdict: bool | None) -> None:
        rule = ("cloudformation", "list_stack_resources", "rule")
        found = drilled(rule, *(("xray", "get_sampling_statistic_summaries", name) for name in responses))
        since = NOW - timedelta(minutes=10)
        assert workflow_facts.sampling_rule_matches(found.context, account_of(found.context), since) is verdict

    @pytest.mark.parametrize(
        ("responses", "status", "slept"),
        [(["placed", "waiting", "fulfilled"], "FULFILLED", [5]), (["absent"], None, [])],
    )
    def test_an_order_without_a_trace_is_followed(self, responses: list[str], status: Any, slept: Any) -> None:
        read = [("dynamodb", "get_item", name) for name in responses]
        written = [("dynamodb", "put_item", "written")] * (status is not None)
        found = drilled(read[0], *written, *read[1:])

        class App:
            environment = found.context.environment

            def output(self, name: str) -> str:
                return name

        account = account_of(found.context)
        assert workflow_facts.order_without_trace(found.context, account, App(), "ord_1") == status  # type: ignore[arg-type]
        assert found.slept == slept

    def test_the_new_order_has_no_trace_and_no_result(self) -> None:
        item = invented.read("dynamodb", "get_item")["placed"]["Item"]
        assert workflow_facts.new_order(item, "ord_a1") == {
            "id": {"S": "ord_a1"},
            "status": {"S": "PLACED"},
            "open": {"S": "1"},
            "customer": {"S": "local-run"},
        }
