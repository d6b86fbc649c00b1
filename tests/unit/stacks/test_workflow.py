"""Properties of the workflow: timeouts, compensation, permissions, the pipe, alarms, and logs."""

import json
from typing import Any

from tests.conftest import Synthesised, Template, resources
from tests.unit.stacks.conftest import States


def test_every_step_has_a_timeout(tasks: States) -> None:
    assert len(tasks) == 4
    assert all(0 < task["TimeoutSeconds"] <= 180 for task in tasks.values())


def test_every_failed_step_is_compensated(tasks: States) -> None:
    for name, task in tasks.items():
        if name != "Compensate order":
            [caught] = task["Catch"]
            assert caught["ErrorEquals"] == ["States.ALL"]
            assert caught["Next"] == "Compensate order"


def test_an_execution_fails_unless_the_order_was_cancelled_or_fulfilled(
    state_machine: dict[str, Any], tasks: States
) -> None:
    """A cancellation between two steps must not trigger the alarm."""
    result = state_machine["States"][tasks["Compensate order"]["Next"]]
    [ended] = result["Choices"]
    assert ended["Condition"] == "{% $states.input.status in ['CANCELLED', 'FULFILLED'] %}"
    assert state_machine["States"][ended["Next"]]["Type"] == "Succeed"
    failed = state_machine["States"][result["Default"]]
    assert (failed["Type"], failed["Cause"]) == ("Fail", "{% $reason %}")


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
    assert ended == ["{% $states.input.decision in ['REJECTED', 'CANCELLED', 'FULFILLED'] %}"]


def test_an_execution_that_an_operator_starts_needs_no_trace(state_machine: dict[str, Any]) -> None:
    trace = state_machine["States"]["Remember order"]["Assign"]["trace"]
    assert trace == "{% $exists($states.input[0].trace) ? $states.input[0].trace : '' %}"


def test_the_container_gets_order_task_token_and_trace(tasks: States) -> None:
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


def test_the_state_machine_may_run_one_revision_on_one_cluster(workflow: Template, tasks: States) -> None:
    [run] = statements(workflow, "ecs:RunTask")
    assert tasks["Fulfil order"]["Arguments"]["TaskDefinition"] == f"${{Ref:{run['Resource']['Ref']}}}"
    assert "ecs:cluster" in run["Condition"]["ArnEquals"]


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
