"""Properties of the workflow: timeouts, compensation, permissions, the pipe, alarms, and logs."""

import json
from typing import Any

import pytest

from tests.conftest import Synthesised, Template, resources
from tests.unit.stacks.conftest import States


def test_every_step_has_a_timeout(tasks: States) -> None:
    assert len(tasks) == 6
    assert all(0 < task["TimeoutSeconds"] <= 180 for task in tasks.values())


def caught_by(task: dict[str, Any], error: str) -> str:
    """The state that follows an error after the last retry."""
    return next(
        (caught["Next"] for caught in task.get("Catch", ()) if {error, "States.ALL"} & set(caught["ErrorEquals"])), ""
    )


def test_every_failed_step_leaves_its_order_open(state_machine: dict[str, Any], tasks: States) -> None:
    """A failed task releases its slot first."""
    assert {name: caught_by(task, "States.TaskFailed") for name, task in tasks.items()} == {
        "Check order": "Left open",
        "Acquire slot": "No slot",
        "Fulfil order": "Release slot",
        "Release slot": "Shipped?",
        "Record shipment": "Left open",
        "Compensate order": "",
    }
    states = state_machine["States"]
    assert states["Shipped?"]["Default"] == "Left open"
    assert states["Left open"]["Type"] == states["No slot"]["Type"] == "Fail"


@pytest.mark.parametrize(
    ("step", "errors", "following"),
    [
        ("Check order", ["UnknownOrder", "ValueError"], "Compensate order"),
        ("Fulfil order", ["FulfilmentFailed"], "Release slot"),
        ("Record shipment", ["DynamoDB.ConditionalCheckFailedException"], "Compensate order"),
    ],
)
def test_only_a_decision_compensates_an_order(
    state_machine: dict[str, Any], tasks: States, step: str, errors: list[str], following: str
) -> None:
    decisions = tasks[step]["Catch"][0]
    assert (decisions["ErrorEquals"], decisions["Next"]) == (errors, following)
    shipped, failed = state_machine["States"]["Shipped?"]["Choices"]
    assert (shipped["Next"], failed["Next"]) == ("Record shipment", "Compensate order")
    assert failed["Condition"] == "{% $is_failed %}"
    assert [caught["Assign"].get("is_failed") for caught in tasks["Fulfil order"]["Catch"]] == ["{% true %}", None]
    assert state_machine["States"]["Remember order"]["Assign"]["is_failed"] == "{% false %}"


def test_a_slot_is_released_whether_the_task_succeeds_or_not(tasks: States) -> None:
    fulfil = tasks["Fulfil order"]
    assert {fulfil["Next"], *(caught["Next"] for caught in fulfil["Catch"])} == {"Release slot"}
    assert tasks["Acquire slot"]["Next"] == "Fulfil order"


def test_an_execution_fails_unless_there_was_nothing_to_undo(state_machine: dict[str, Any], tasks: States) -> None:
    """A cancellation between two steps, and an event that was delivered twice, must not trigger the alarm."""
    result = state_machine["States"][tasks["Compensate order"]["Next"]]
    ended, incomplete = result["Choices"]
    assert ended["Condition"] == "{% $states.input.status in ['REJECTED', 'CANCELLED', 'FULFILLED', 'OWNED'] %}"
    assert state_machine["States"][ended["Next"]]["Type"] == "Succeed"
    assert incomplete["Condition"] == "{% $states.input.status = 'FULFILLING' %}"
    assert state_machine["States"][incomplete["Next"]]["Error"] == "FulfilmentIncomplete"
    failed = state_machine["States"][result["Default"]]
    assert (failed["Type"], failed["Cause"]) == ("Fail", "{% $reason %}")


@pytest.mark.parametrize("state", ["Check order", "Acquire slot", "Release slot", "Record shipment"])
def test_a_timeout_of_a_short_step_is_retried(tasks: States, state: str) -> None:
    assert any("States.Timeout" in retrier["ErrorEquals"] for retrier in tasks[state]["Retry"])


def test_internal_errors_are_not_written_to_the_order(tasks: States) -> None:
    """Clients read the reason of an order; the cause of an error contains stack traces and names of roles."""
    payload = tasks["Compensate order"]["Arguments"]["Payload"]
    assert payload["reason"] == "{% 'could not be processed; execution ' & $states.context.Execution.Name %}"
    assert "$reason" not in json.dumps(payload)
    assert "errorOutput" not in json.dumps(payload)


def test_an_unknown_decision_is_compensated_and_finished_orders_stay_unchanged(
    state_machine: dict[str, Any],
) -> None:
    decide = state_machine["States"]["Accepted?"]
    assert decide["Default"] == "Compensate order"
    ended = [choice["Condition"] for choice in decide["Choices"] if choice["Next"] == "Nothing to fulfil"]
    assert ended == ["{% $states.input.decision in ['REJECTED', 'CANCELLED', 'FULFILLED', 'OWNED'] %}"]


def test_an_execution_that_an_operator_starts_needs_no_trace(state_machine: dict[str, Any]) -> None:
    trace = state_machine["States"]["Remember order"]["Assign"]["trace"]
    assert trace == "{% $exists($states.input[0].trace) ? $states.input[0].trace : '' %}"


def test_the_container_gets_order_execution_task_token_and_trace(tasks: States) -> None:
    [override] = tasks["Fulfil order"]["Arguments"]["Overrides"]["ContainerOverrides"]
    assert override["Name"] == "Main"
    assert {variable["Name"]: variable["Value"] for variable in override["Environment"]} == {
        "ORDER_ID": "{% $order_id %}",
        "EXECUTION": "{% $states.context.Execution.Name %}",
        "TASK_TOKEN": "{% $states.context.Task.Token %}",
        "TRACE_HEADER": "{% $trace %}",
    }


def statements(workflow: Template, action: str) -> list[dict[str, Any]]:
    policies = resources(workflow, "AWS::IAM::Policy")
    every = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    return [statement for statement in every if action in statement["Action"]]


def test_a_deployment_changes_neither_the_task_that_an_execution_runs_nor_its_permission(
    workflow: Template, tasks: States
) -> None:
    """A running execution keeps its definition; CloudFormation deregisters the revision that was the latest one."""
    family = tasks["Fulfil order"]["Arguments"]["TaskDefinition"]
    [definition] = resources(workflow, "AWS::ECS::TaskDefinition")
    assert family == definition["Family"]
    [run] = statements(workflow, "ecs:RunTask")
    assert f"task-definition/{family}:*" in json.dumps(run["Resource"])
    assert "ecs:cluster" in run["Condition"]["ArnEquals"]


def test_the_task_exists_before_the_state_machine_runs_it(workflow: Template) -> None:
    [machine] = [r for r in workflow["Resources"].values() if r["Type"] == "AWS::StepFunctions::StateMachine"]
    definitions = {name for name, r in workflow["Resources"].items() if r["Type"] == "AWS::ECS::TaskDefinition"}
    assert definitions <= set(machine["DependsOn"])


def test_the_reconciler_runs_on_a_schedule_and_for_tasks_that_stop_with_an_error(
    workflow: Template, tasks: States
) -> None:
    rules = resources(workflow, "AWS::Events::Rule")
    [schedule] = [rule["ScheduleExpression"] for rule in rules if "ScheduleExpression" in rule]
    [pattern] = [rule["EventPattern"] for rule in rules if "EventPattern" in rule]
    assert schedule == "rate(5 minutes)"
    assert pattern["detail"]["group"] == [f"family:{tasks['Fulfil order']['Arguments']['TaskDefinition']}"]
    assert pattern["detail"]["containers"]["exitCode"] == [{"anything-but": [0]}, {"exists": False}]
    assert len({json.dumps(target["Arn"]) for rule in rules for target in rule["Targets"]}) == 1


def test_roles_may_be_passed_to_ecs_only(workflow: Template) -> None:
    [passing] = statements(workflow, "iam:PassRole")
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert all("Fn::GetAtt" in role for role in passing["Resource"])


def test_the_pipe_starts_an_execution_for_each_placed_order(workflow: Template) -> None:
    [pipe] = resources(workflow, "AWS::Pipes::Pipe")
    [pattern] = pipe["SourceParameters"]["FilterCriteria"]["Filters"]
    placed = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}
    assert json.loads(pattern["Pattern"]) == placed
    stream = pipe["SourceParameters"]["DynamoDBStreamParameters"]
    assert (stream["StartingPosition"], stream["BatchSize"]) == ("TRIM_HORIZON", 1)


def test_the_pipe_retries_until_the_record_is_almost_as_old_as_the_stream_keeps_it(workflow: Template) -> None:
    """StartExecution fails for all records alike; a limit of attempts would give up orders during a long outage."""
    [pipe] = resources(workflow, "AWS::Pipes::Pipe")
    stream = pipe["SourceParameters"]["DynamoDBStreamParameters"]
    assert stream["MaximumRetryAttempts"] == -1
    assert stream["MaximumRecordAgeInSeconds"] == 23 * 3600
    assert "Arn" in stream["DeadLetterConfig"]


def test_the_pipe_logs_errors_without_execution_data_and_may_write_to_its_log_only(workflow: Template) -> None:
    [pipe] = resources(workflow, "AWS::Pipes::Pipe")
    configuration = pipe["LogConfiguration"]
    assert configuration["Level"] == "ERROR"
    assert "IncludeExecutionData" not in configuration
    group = configuration["CloudwatchLogsLogDestination"]["LogGroupArn"]
    [writing] = [each for each in statements(workflow, "logs:PutLogEvents") if each["Resource"] == group]
    assert writing["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    names = [each["LogGroupName"] for each in resources(workflow, "AWS::Logs::LogGroup") if "LogGroupName" in each]
    assert "/aws/vendedlogs/pipes/OrdersWorkflow/Pipe/Logs" in names


def test_an_order_without_a_trace_results_in_valid_json(workflow: Template) -> None:
    [pipe] = resources(workflow, "AWS::Pipes::Pipe")
    without = pipe["TargetParameters"]["InputTemplate"].replace("<$.dynamodb.NewImage.trace.S>", "")
    assert json.loads(without)["trace"] == ""


def test_execution_data_is_not_logged(workflow: Template) -> None:
    [properties] = resources(workflow, "AWS::StepFunctions::StateMachine")
    assert properties["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert properties["TracingConfiguration"] == {"Enabled": True}


def annotations(synthesised: Synthesised) -> str:
    file = synthesised.directory / "OrdersWorkflow.metadata.json"
    entries = [entry for found in json.loads(file.read_text()).values() for entry in found]
    return json.dumps([entry for entry in entries if entry["type"].startswith("aws:cdk:")])


def test_synthesis_reports_alarms_without_subscribers(synthesised: Synthesised, variant: Any) -> None:
    assert "-c alarm_emails=" in annotations(synthesised)
    assert "alarm_emails" not in annotations(variant(context={"alarm_emails": "a@example.com b@example.com"}))
