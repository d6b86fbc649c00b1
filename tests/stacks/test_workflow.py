"""The few facts of the workflow that matter, argued from its template."""

import json
from typing import Any

import pytest

from tests.conftest import Template, resources
from tests.stacks.readable import readable

States = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def template(templates: dict[str, Template]) -> Template:
    return readable(templates["OrdersWorkflow"])


@pytest.fixture(scope="module")
def machine(template: Template) -> dict[str, Any]:
    [properties] = resources(template, "AWS::StepFunctions::StateMachine")
    definition: dict[str, Any] = properties["DefinitionString"]
    return definition


@pytest.fixture(scope="module")
def tasks(machine: dict[str, Any]) -> States:
    return {name: state for name, state in machine["States"].items() if state["Type"] == "Task"}


def test_every_step_has_a_time_out(tasks: States) -> None:
    assert len(tasks) == 4
    assert all(0 < task["TimeoutSeconds"] <= 180 for task in tasks.values())


def longest(task: dict[str, Any]) -> float:
    """Seconds that a step takes at most: each attempt to its end, each pause at its longest."""
    [retry] = [retry for retry in task["Retry"] if retry["MaxAttempts"] > 0]
    pauses = [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt, retry["MaxDelaySeconds"])
        for attempt in range(retry["MaxAttempts"])
    ]
    return float((retry["MaxAttempts"] + 1) * task["TimeoutSeconds"] + sum(pauses))


def test_the_machine_waits_for_the_slowest_way_through_compensation_included(
    machine: dict[str, Any], tasks: States
) -> None:
    """A machine that is out of time ends at once: nothing would be undone."""
    assert sum(map(longest, tasks.values())) < machine["TimeoutSeconds"]


def test_every_step_is_tried_again_with_back_off_and_jitter(tasks: States) -> None:
    for task in tasks.values():
        retry = task["Retry"][-1]
        assert retry["MaxAttempts"] >= 2
        assert retry["BackoffRate"] > 1
        assert retry["JitterStrategy"] == "FULL"
        assert retry["MaxDelaySeconds"] <= 60


def test_every_step_that_fails_is_undone_and_the_execution_ends_failed(machine: dict[str, Any], tasks: States) -> None:
    for name, task in tasks.items():
        if name != "Compensate order":
            [caught] = task["Catch"]
            assert caught["ErrorEquals"] == ["States.ALL"]
            assert caught["Next"] == "Compensate order"
    failed = machine["States"][tasks["Compensate order"]["Next"]]
    assert (failed["Type"], failed["Cause"]) == ("Fail", "{% $reason %}")


def test_a_decision_that_nobody_knows_is_undone(machine: dict[str, Any]) -> None:
    assert machine["States"]["Accepted?"]["Default"] == "Compensate order"


def test_a_fulfilment_that_says_no_is_not_tried_again(tasks: States) -> None:
    assert tasks["Fulfil order"]["Retry"][0] == {"ErrorEquals": ["FulfilmentFailed"], "MaxAttempts": 0}


def test_the_container_knows_order_token_and_trace(tasks: States) -> None:
    [override] = tasks["Fulfil order"]["Arguments"]["Overrides"]["ContainerOverrides"]
    assert override["Name"] == "Main"
    assert {variable["Name"]: variable["Value"] for variable in override["Environment"]} == {
        "ORDER_ID": "{% $order_id %}",
        "TASK_TOKEN": "{% $states.context.Task.Token %}",
        "TRACE_HEADER": "{% $trace %}",
    }


def test_recording_a_shipment_twice_has_one_effect(tasks: States) -> None:
    condition = tasks["Record shipment"]["Arguments"]["ConditionExpression"]
    assert condition == "#status = :fulfilling OR (#status = :fulfilled AND shipment = :shipment)"


def statements(template: Template, action: str) -> list[dict[str, Any]]:
    policies = resources(template, "AWS::IAM::Policy")
    every = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    return [statement for statement in every if action in statement["Action"]]


def test_the_machine_may_run_one_revision_on_one_cluster(template: Template, tasks: States) -> None:
    [run] = statements(template, "ecs:RunTask")
    assert tasks["Fulfil order"]["Arguments"]["TaskDefinition"] == f"${{Ref:{run['Resource']['Ref']}}}"
    assert "ecs:cluster" in run["Condition"]["ArnEquals"]


def test_roles_are_handed_to_ecs_only(template: Template) -> None:
    [handed] = statements(template, "iam:PassRole")
    assert handed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert all("Fn::GetAtt" in role for role in handed["Resource"])


def test_only_placed_orders_start_an_execution_and_none_is_skipped(template: Template) -> None:
    [pipe] = resources(template, "AWS::Pipes::Pipe")
    [pattern] = pipe["SourceParameters"]["FilterCriteria"]["Filters"]
    placed = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}
    assert json.loads(pattern["Pattern"]) == placed
    stream = pipe["SourceParameters"]["DynamoDBStreamParameters"]
    assert (stream["StartingPosition"], stream["BatchSize"]) == ("TRIM_HORIZON", 1)
    assert "Arn" in stream["DeadLetterConfig"]


def test_an_order_without_a_trace_still_makes_json(template: Template) -> None:
    [pipe] = resources(template, "AWS::Pipes::Pipe")
    without = pipe["TargetParameters"]["InputTemplate"].replace("<$.dynamodb.NewImage.trace.S>", "")
    assert json.loads(without)["trace"] == ""


def test_dead_letters_and_failures_are_heard(template: Template) -> None:
    alarms = {alarm["MetricName"]: alarm for alarm in resources(template, "AWS::CloudWatch::Alarm")}
    assert set(alarms) == {"ApproximateNumberOfMessagesVisible", "ExecutionsFailed", "ExecutionsTimedOut"}
    [topic] = [name for name, found in template["Resources"].items() if found["Type"] == "AWS::SNS::Topic"]
    assert all(alarm["AlarmActions"] == [{"Ref": topic}] for alarm in alarms.values())
    [policy] = resources(template, "AWS::SNS::TopicPolicy")
    allowed = [entry for entry in policy["PolicyDocument"]["Statement"] if entry["Effect"] == "Allow"]
    assert [entry["Principal"] for entry in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]


def test_execution_data_is_not_logged(template: Template) -> None:
    [properties] = resources(template, "AWS::StepFunctions::StateMachine")
    assert properties["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert properties["TracingConfiguration"] == {"Enabled": True}


def test_who_is_on_call_gets_mail_when_asked_for(variant: Any) -> None:
    template = variant(context={"alarm_emails": "a@example.com b@example.com"}).templates["OrdersWorkflow"]
    mails = [subscription["Endpoint"] for subscription in resources(template, "AWS::SNS::Subscription")]
    assert mails == ["a@example.com", "b@example.com"]
