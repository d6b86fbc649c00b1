"""Alarms, dashboard and pipe of the workflow, as constructs of their own."""

import json
import re
from itertools import pairwise
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from stacks.workflow.alarms import RUNBOOK, WorkflowAlarms
from stacks.workflow.dashboard import WorkflowDashboard
from tests.conftest import ROOT

PAGE = ROOT / RUNBOOK
AT_ONCE = {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}
LASTING = {
    "ExecutionsThrottled",
    "PipeFailed",
    "PipeThrottled",
    "ReconcilerErrors",
    "CheckErrors",
    "CheckThrottles",
}


def stack_of(name: str = "Orders") -> dict[str, Any]:
    """Return the resources of a stack with alarms and dashboard."""
    stack = cdk.Stack(cdk.App(), name)
    state_machine = sfn.StateMachine(
        stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Pass"))
    )
    check, reconciler = (lambda_.Function.from_function_name(stack, id_, id_) for id_ in ("check", "reconcile"))
    queue = sqs.Queue(stack, "Queue")
    WorkflowAlarms(
        stack,
        "Alarms",
        state_machine=state_machine,
        pipe_name="placed",
        queue=queue,
        check=check,
        reconciler=reconciler,
        stopped_tasks=events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["aws.ecs"])),
        topic=sns.Topic(stack, "Topic"),
    )
    WorkflowDashboard(
        stack,
        "Dashboard",
        state_machine=state_machine,
        pipe_name="placed",
        queue=queue,
        functions={"check": check, "reconciler": reconciler},
        max_tasks=24,
    )
    found: dict[str, Any] = assertions.Template.from_stack(stack).to_json()["Resources"]
    return found


@pytest.fixture(scope="module")
def alarms() -> dict[str, dict[str, Any]]:
    """Construct ID -> properties of the alarm."""
    return {
        re.sub(r"^Alarms(\w+?)[0-9A-F]{8}$", r"\1", name): resource["Properties"]
        for name, resource in stack_of().items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def test_what_affects_a_customer_notifies_within_a_minute(alarms: dict[str, dict[str, Any]]) -> None:
    for name in AT_ONCE:
        assert (alarms[name]["Period"], alarms[name]["EvaluationPeriods"], alarms[name]["Threshold"]) == (60, 1, 1)


def test_what_is_retried_has_to_last_for_15_minutes(alarms: dict[str, dict[str, Any]]) -> None:
    for name in LASTING:
        assert alarms[name]["Period"] * alarms[name]["EvaluationPeriods"] == 900
        assert "DatapointsToAlarm" not in alarms[name]


def test_all_alarms_notify_and_only_the_missing_reconciler_breaches_without_data(
    alarms: dict[str, dict[str, Any]],
) -> None:
    assert alarms.keys() > AT_ONCE | LASTING
    assert all(alarm["AlarmActions"] for alarm in alarms.values())
    breaching = {name for name, alarm in alarms.items() if alarm["TreatMissingData"] == "breaching"}
    assert breaching == {"ReconcilerMissing"}


def test_metrics_and_dimensions_are_those_of_the_documentation(alarms: dict[str, dict[str, Any]]) -> None:
    found = {
        name: (alarm["Namespace"], alarm["MetricName"], [each["Name"] for each in alarm["Dimensions"]])
        for name, alarm in alarms.items()
        if "MetricName" in alarm
    }
    assert found == {
        "ExecutionsFailed": ("AWS/States", "ExecutionsFailed", ["StateMachineArn"]),
        "ExecutionsTimedOut": ("AWS/States", "ExecutionsTimedOut", ["StateMachineArn"]),
        "ExecutionsAborted": ("AWS/States", "ExecutionsAborted", ["StateMachineArn"]),
        "ExecutionsThrottled": ("AWS/States", "ExecutionThrottled", ["StateMachineArn"]),
        "PipeFailed": ("AWS/EventBridge/Pipes", "ExecutionFailed", ["PipeName"]),
        "PipeThrottled": ("AWS/EventBridge/Pipes", "ExecutionThrottled", ["PipeName"]),
        "OldestOpenOrder": ("Orders", "OldestOpenOrderSeconds", ["Workflow"]),
        "OrdersRestarted": ("Orders", "OrdersRestarted", ["Workflow"]),
        "ReconcilerMissing": ("Orders", "OpenOrders", ["Workflow"]),
        "ReconcilerErrors": ("AWS/Lambda", "Errors", ["FunctionName"]),
        "CheckErrors": ("AWS/Lambda", "Errors", ["FunctionName"]),
        "CheckThrottles": ("AWS/Lambda", "Throttles", ["FunctionName"]),
        "TasksStopped": ("AWS/Events", "TriggeredRules", ["RuleName"]),
    }


def test_a_stopped_pipe_notifies_soon_under_load_and_within_hours_without(alarms: dict[str, dict[str, Any]]) -> None:
    """A stopped pipe has no metrics, and the reconciler starts each of its orders before it is old."""
    alarm = alarms["OrdersRestarted"]
    assert (alarm["Period"], alarm["DatapointsToAlarm"]) == (300, 3)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 6 * 3600


def dead_letter_alarm(levels: list[int | None], alarm: dict[str, Any]) -> list[bool]:
    """Evaluate the alarm as CloudWatch does, minute by minute: whether it is in ALARM."""
    [expression] = [query["Expression"] for query in alarm["Metrics"] if "Expression" in query]
    assert expression == "DIFF(FILL(visible, 0) + FILL(in_flight, 0))"
    states = []
    for minute in range(1, len(levels) + 1):
        seen = [level or 0 for level in levels[:minute]]
        growth = [after - before for before, after in pairwise(seen)]
        breaching = [each >= alarm["Threshold"] for each in growth[-alarm["EvaluationPeriods"] :]]
        states.append(sum(breaching) >= alarm["DatapointsToAlarm"])
    return states


def test_every_dead_letter_notifies_anew(alarms: dict[str, dict[str, Any]]) -> None:
    """An alarm on the number of messages alone would stay in ALARM and hide the second one."""
    states = dead_letter_alarm([None, None, *[1] * 20, *[2] * 20], alarms["DeadLetters"])
    notified = [
        minute
        for minute, (before, after) in enumerate(zip([False, *states], states, strict=False))
        if after and not before
    ]
    assert notified == [2, 22]
    assert states[-1] is False


def test_a_metric_that_arrives_late_is_still_seen(alarms: dict[str, dict[str, Any]]) -> None:
    """A queue that was inactive sends its first metric up to 15 minutes late."""
    alarm = alarms["DeadLetters"]
    assert alarm["EvaluationPeriods"] >= 15
    assert alarm["DatapointsToAlarm"] == 1


def body(resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return name and content of the dashboard; references become text."""
    [dashboard] = [each for each in resources.values() if each["Type"] == "AWS::CloudWatch::Dashboard"]
    pieces = dashboard["Properties"]["DashboardBody"]["Fn::Join"][1]
    text = "".join(piece if isinstance(piece, str) else "REF" for piece in pieces)
    return dashboard["Properties"]["DashboardName"], json.loads(text)


def test_the_dashboard_is_named_after_stack_and_region() -> None:
    """Two stages have two stacks; dashboards of an account are global."""
    [test, live] = [body(stack_of(name))[0] for name in ("OrdersTest", "OrdersLive")]
    assert test == {"Fn::Join": ["", ["OrdersTest-", {"Ref": "AWS::Region"}]]}
    assert live == {"Fn::Join": ["", ["OrdersLive-", {"Ref": "AWS::Region"}]]}


def test_the_dashboard_shows_orders_time_slots_and_error_budget() -> None:
    widgets = {each["properties"].get("title"): each["properties"] for each in body(stack_of())[1]["widgets"]}
    assert set(widgets) == {
        None,
        "Now",
        "Objective: 99.9 % of 28 days",
        "Open orders by status",
        "Age of the oldest open order (s)",
        "Executions",
        "Time to fulfil (ms)",
        "Slots in use",
        "Repairs",
        "Pipe",
        "Functions",
    }
    assert RUNBOOK in widgets[None]["markdown"]
    assert [line["value"] for line in widgets["Slots in use"]["annotations"]["horizontal"]] == [24]
    metrics = widgets["Open orders by status"]["metrics"]
    statuses = [metric[metric.index("Status") + 1] for metric in metrics]
    assert statuses == ["PLACED", "CHECKED", "FULFILLING"]
    assert [metric[-1]["stat"] for metric in widgets["Time to fulfil (ms)"]["metrics"]] == ["p50", "p99"]


def test_the_error_budget_is_the_share_of_allowed_failures_that_is_left() -> None:
    widgets = {each["properties"].get("title"): each["properties"] for each in body(stack_of())[1]["widgets"]}
    [left, achieved] = [
        metric[0]["expression"]
        for metric in widgets["Objective: 99.9 % of 28 days"]["metrics"]
        if isinstance(metric[0], dict)
    ]

    def value(expression: str, **metrics: int) -> float:
        return float(eval(expression, {"FILL": lambda metric, default: metric or default} | metrics))

    executions = {"started": 10_000, "failed": 3, "timed_out": 1, "aborted": 1}
    assert value(left, **executions) == pytest.approx(50)
    assert value(achieved, **executions) == pytest.approx(99.95)
    assert value(left, started=1000, failed=2, timed_out=0, aborted=0) == pytest.approx(-100)
