"""The few facts of the workflow that matter, argued from its template."""

import json
from typing import Any

from tests.conftest import Synthesised, Template, resources
from tests.unit.stacks.conftest import States


def test_every_step_has_a_time_out(tasks: States) -> None:
    assert len(tasks) == 4
    assert all(0 < task["TimeoutSeconds"] <= 180 for task in tasks.values())


def test_every_step_that_fails_is_undone(tasks: States) -> None:
    for name, task in tasks.items():
        if name != "Compensate order":
            [caught] = task["Catch"]
            assert caught["ErrorEquals"] == ["States.ALL"]
            assert caught["Next"] == "Compensate order"


def test_an_execution_ends_failed_unless_the_order_ended_well(machine: dict[str, Any], tasks: States) -> None:
    """A cancellation between two steps must not wake anybody up."""
    undone = machine["States"][tasks["Compensate order"]["Next"]]
    [well] = undone["Choices"]
    assert well["Condition"] == "{% $states.input.status in ['CANCELLED', 'FULFILLED'] %}"
    assert machine["States"][well["Next"]]["Type"] == "Succeed"
    failed = machine["States"][undone["Default"]]
    assert (failed["Type"], failed["Cause"]) == ("Fail", "{% $reason %}")


def test_what_went_wrong_inside_is_not_written_into_the_order(tasks: States) -> None:
    """Clients read an order's reason; an error's cause holds stack traces and names of roles."""
    payload = tasks["Compensate order"]["Arguments"]["Payload"]
    assert payload["reason"] == "{% 'could not be processed; execution ' & $states.context.Execution.Name %}"
    assert "$reason" not in json.dumps(payload)
    assert "errorOutput" not in json.dumps(payload)


def test_a_decision_that_nobody_knows_is_undone_and_nothing_happens_to_orders_that_ended(
    machine: dict[str, Any],
) -> None:
    decide = machine["States"]["Accepted?"]
    assert decide["Default"] == "Compensate order"
    ended = [choice["Condition"] for choice in decide["Choices"] if choice["Next"] == "Nothing to fulfil"]
    assert ended == ["{% $states.input.decision in ['REJECTED', 'CANCELLED', 'FULFILLED'] %}"]


def test_an_execution_started_by_hand_needs_no_trace(machine: dict[str, Any]) -> None:
    trace = machine["States"]["Remember order"]["Assign"]["trace"]
    assert trace == "{% $exists($states.input[0].trace) ? $states.input[0].trace : '' %}"


def test_the_container_knows_order_token_and_trace(tasks: States) -> None:
    [override] = tasks["Fulfil order"]["Arguments"]["Overrides"]["ContainerOverrides"]
    assert override["Name"] == "Main"
    assert {variable["Name"]: variable["Value"] for variable in override["Environment"]} == {
        "ORDER_ID": "{% $order_id %}",
        "TASK_TOKEN": "{% $states.context.Task.Token %}",
        "TRACE_HEADER": "{% $trace %}",
    }


def statements(workflow: Template, action: str) -> list[dict[str, Any]]:
    policies = resources(workflow, "AWS::IAM::Policy")
    every = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    return [statement for statement in every if action in statement["Action"]]


def test_the_machine_may_run_one_revision_on_one_cluster(workflow: Template, tasks: States) -> None:
    [run] = statements(workflow, "ecs:RunTask")
    assert tasks["Fulfil order"]["Arguments"]["TaskDefinition"] == f"${{Ref:{run['Resource']['Ref']}}}"
    assert "ecs:cluster" in run["Condition"]["ArnEquals"]


def test_roles_are_handed_to_ecs_only(workflow: Template) -> None:
    [handed] = statements(workflow, "iam:PassRole")
    assert handed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert all("Fn::GetAtt" in role for role in handed["Resource"])


def test_only_placed_orders_start_an_execution_and_none_is_skipped(workflow: Template) -> None:
    [pipe] = resources(workflow, "AWS::Pipes::Pipe")
    [pattern] = pipe["SourceParameters"]["FilterCriteria"]["Filters"]
    placed = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}
    assert json.loads(pattern["Pattern"]) == placed
    stream = pipe["SourceParameters"]["DynamoDBStreamParameters"]
    assert (stream["StartingPosition"], stream["BatchSize"]) == ("TRIM_HORIZON", 1)
    assert "Arn" in stream["DeadLetterConfig"]
    assert stream["MaximumRecordAgeInSeconds"] == 86_400


def test_an_order_without_a_trace_still_makes_json(workflow: Template) -> None:
    [pipe] = resources(workflow, "AWS::Pipes::Pipe")
    without = pipe["TargetParameters"]["InputTemplate"].replace("<$.dynamodb.NewImage.trace.S>", "")
    assert json.loads(without)["trace"] == ""


def test_dead_letters_and_failures_are_heard(workflow: Template) -> None:
    alarms = {alarm["MetricName"]: alarm for alarm in resources(workflow, "AWS::CloudWatch::Alarm")}
    assert set(alarms) == {"ApproximateNumberOfMessagesVisible", "ExecutionsFailed", "ExecutionsTimedOut"}
    [topic] = [name for name, found in workflow["Resources"].items() if found["Type"] == "AWS::SNS::Topic"]
    assert all(alarm["AlarmActions"] == [{"Ref": topic}] for alarm in alarms.values())
    [policy] = resources(workflow, "AWS::SNS::TopicPolicy")
    allowed = [entry for entry in policy["PolicyDocument"]["Statement"] if entry["Effect"] == "Allow"]
    assert [entry["Principal"] for entry in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]


def test_execution_data_is_not_logged(workflow: Template) -> None:
    [properties] = resources(workflow, "AWS::StepFunctions::StateMachine")
    assert properties["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert properties["TracingConfiguration"] == {"Enabled": True}


def test_who_is_on_call_gets_mail_when_asked_for(variant: Any) -> None:
    mailed = variant(context={"alarm_emails": "a@example.com b@example.com"}).templates["OrdersWorkflow"]
    mails = [subscription["Endpoint"] for subscription in resources(mailed, "AWS::SNS::Subscription")]
    assert mails == ["a@example.com", "b@example.com"]


def told(synthesised: Synthesised) -> str:
    file = synthesised.directory / "OrdersWorkflow.metadata.json"
    entries = [entry for found in json.loads(file.read_text()).values() for entry in found]
    return json.dumps([entry for entry in entries if entry["type"].startswith("aws:cdk:")])


def test_synthesis_says_that_nobody_hears_the_alarms(synthesised: Synthesised, variant: Any) -> None:
    assert "-c alarm_emails=" in told(synthesised)
    assert "alarm_emails" not in told(variant(context={"alarm_emails": "a@example.com b@example.com"}))
