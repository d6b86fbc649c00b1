"""Logs, metrics and a trace: what counts as found, and how long a drill waits for each."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.drills import telemetry
from sandbox.drills.target import account_of
from sandbox.inventory import Resource
from tests.unit.sandbox import invented
from tests.unit.sandbox.drill_contexts import Drilled, drilled

SINCE = datetime(2026, 11, 28, 12, tzinfo=UTC)
TRACE = "1-00000000-000000000000000000000000"
ON = ("xray", "get_trace_segment_destination", "on")
START = ("xray", "start_trace_retrieval", "started")
LISTED = ("xray", "list_retrieved_traces")
LINES = ("logs", "filter_log_events")
DATA = ("cloudwatch", "get_metric_data")
METRICS = [telemetry._metric("AWS/ApiGateway", "Count", ApiId="a"), telemetry._metric("AWS/ECS", "CPUUtilization")]


def spans(*responses: tuple[str, str, str]) -> tuple[telemetry.Observation, Drilled]:
    found = drilled(*responses)
    return telemetry.find_spans(found.context, account_of(found.context), TRACE, SINCE), found


class TestLogs:
    def test_an_empty_page_is_not_the_end(self) -> None:
        found = drilled((*LINES, "page"), (*LINES, "line"))
        line = telemetry.find_log_line(found.context, account_of(found.context), ["orders"], TRACE, SINCE)
        assert telemetry.judge_log_line(line)
        assert found.slept == []

    def test_a_line_may_arrive_late(self) -> None:
        found = drilled((*LINES, "none"), (*LINES, "line"))
        assert telemetry.find_log_line(found.context, account_of(found.context), ["orders"], TRACE, SINCE)
        assert found.reports == ["waits for the log line of a request: 0 of at most 300 s"]

    def test_the_wait_has_a_limit(self) -> None:
        found = drilled(*[(*LINES, "none")] * 31)
        assert telemetry.find_log_line(found.context, account_of(found.context), ["orders"], TRACE, SINCE) is None
        assert sum(found.slept) == 300

    @pytest.mark.parametrize(
        ("line", "verdict"), [(None, None), ("web | {}", False), ("[]", False), ('{"message": "x"}', False)]
    )
    def test_a_changed_line_is_not_that_of_the_service(self, line: str | None, verdict: bool | None) -> None:
        assert telemetry.judge_log_line(line) is verdict

    def test_groups_of_the_stack_and_of_the_platform_are_searched(self) -> None:
        found = drilled(
            ("cloudformation", "list_stack_resources", "ecs"), ("cloudformation", "list_stack_resources", "ecs")
        )
        assert telemetry.log_groups(found.context, account_of(found.context)) == ["orders"]
        resources = ("cloudformation", "list_stack_resources", "beanstalk")
        found = drilled(resources, resources, ("logs", "describe_log_groups", "earlier"))
        assert telemetry.log_groups(found.context, account_of(found.context))

    def test_errors_of_the_exporter_are_found(self) -> None:
        for name, verdict in (("line", True), ("none", False)):
            found = drilled((*LINES, name))
            assert telemetry.has_exporter_errors(account_of(found.context), ["orders"], SINCE) is verdict


class TestMetrics:
    def test_every_metric_has_a_value(self) -> None:
        found = drilled((*DATA, "one"), (*DATA, "both"))
        assert telemetry.find_metrics(found.context, account_of(found.context), METRICS).seen == "found"
        assert found.slept == [30]

    def test_one_without_a_value_is_named(self) -> None:
        found = drilled(*[(*DATA, "one")] * 31)
        seen = telemetry.find_metrics(found.context, account_of(found.context), METRICS)
        assert (seen.seen, seen.reason) == ("missing", "no value of AWS/ECS CPUUtilization")
        assert sum(found.slept) == 900

    def test_each_resource_has_its_metric(self) -> None:
        arn = "arn:aws:ecs:us-east-1:123456789012:service/cluster/orders"
        app_runner = "arn:aws:apprunner:us-east-1:123456789012:service/orders/0123"
        resources = [
            Resource(type="AWS::ApiGatewayV2::Api", id="a"),
            Resource(type="AWS::Lambda::Function", id="f", logical_id="Function"),
            Resource(type="AWS::Lambda::Function", id="g", logical_id="CustomResource"),
            Resource(type="AWS::ECS::Service", id=arn),
            Resource(type="AWS::AppRunner::Service", id=app_runner),
            Resource(type="AWS::AutoScaling::AutoScalingGroup", id="asg"),
            Resource(type="AWS::ElasticBeanstalk::Environment", id="env"),
        ]
        found = telemetry.metrics_of(resources, ["Function"])
        assert [one["Namespace"] for one in found] == [
            "AWS/ApiGateway",
            "AWS/Lambda",
            "AWS/ECS",
            "AWS/AppRunner",
            "AWS/EC2",
            "AWS/ElasticBeanstalk",
        ]
        values = [[dimension["Value"] for dimension in one["Dimensions"]] for one in found]
        assert values == [["a"], ["f"], ["cluster", "orders"], ["orders", "0123"], ["asg"], ["env"]]

    def test_a_stack_without_metrics_is_not_asked(self) -> None:
        found = drilled()
        assert telemetry.find_metrics(found.context, account_of(found.context), []).seen == "not looked for"


class TestTrace:
    def test_a_running_retrieval_is_polled_with_its_token(self) -> None:
        seen, found = spans(ON, START, (*LISTED, "running"), (*LISTED, "spans"))
        assert seen.seen == "found"
        assert found.slept == [15]

    def test_a_retrieval_that_found_none_is_started_again(self) -> None:
        seen, found = spans(ON, START, (*LISTED, "empty"), START, (*LISTED, "spans"))
        assert seen.seen == "found"
        assert found.slept == [15]

    def test_the_next_page_is_read(self) -> None:
        seen, _ = spans(ON, START, (*LISTED, "more"), (*LISTED, "spans"))
        assert seen.seen == "found"

    def test_it_is_missing_after_15_minutes(self) -> None:
        seen, found = spans(ON, *[START, (*LISTED, "segments")] * 61)
        assert (seen.seen, seen.reason) == ("missing", "no span within 15 minutes")
        assert sum(found.slept) == 900

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("off", "Transaction Search is off"),
            ("pending", "Transaction Search is off"),
            ("denied", "the permission xray:GetTraceSegmentDestination is missing"),
        ],
    )
    def test_without_transaction_search_it_is_not_looked_for(self, name: str, reason: str) -> None:
        seen, _ = spans(("xray", "get_trace_segment_destination", name))
        assert (seen.seen, seen.reason) == ("not looked for", reason)

    @pytest.mark.parametrize(
        ("name", "verdict"),
        [("running", "pending"), ("empty", "none"), ("segments", "none"), ("spans", "found"), ("cancelled", "failed")],
    )
    def test_only_spans_of_the_service_count(self, name: str, verdict: Any) -> None:
        assert telemetry.judge_retrieval(invented.read(*LISTED)[name]) == verdict
