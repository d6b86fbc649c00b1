"""The commands of the workflow against moto: what they show, start and delete, and that they can be repeated."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from deployment.cli import main
from deployment.errors import ActionableError
from deployment.preflight.account import Account
from deployment.workflow import dead_letters, executions, reconciler, repair
from deployment.workflow.executions import ExecutionState
from deployment.workflow.resources import Workflow, find
from tests.unit.deployment.aws_responses import account, error, moto_account, stub
from tests.unit.deployment.workflow_account import ORDER, STACK, WorkflowAccount, create_stack, workflow_account

OTHER = ORDER[:-1] + "b"


DESCRIBED = {
    "executionArn": "arn:aws:states:us-east-1:1:execution:orders:e",
    "stateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:orders",
    "startDate": 0,
    "redriveStatus": "REDRIVABLE",
}
LETTER = dead_letters.DeadLetter(
    id="m",
    receipt="r",
    stream="arn:aws:dynamodb:us-east-1:1:table/orders/stream/2026",
    shard="shardId-00000000000000000000000001",
    first="100000000000000000000000001",
    last="100000000000000000000000001",
    arrived_at=datetime(2026, 11, 28, tzinfo=UTC),
)


def workflow(**services: Any) -> Workflow:
    """A workflow with stubbed services."""
    return Workflow(
        account=account(**services),
        stack=STACK,
        state_machine="arn:aws:states:us-east-1:1:stateMachine:orders",
        queue_url="https://sqs",
        pipe="placed",
        reconciler="reconcile",
        table="orders",
    )


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkflowAccount]:
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    with workflow_account(monkeypatch) as found:
        yield found


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["workflow", *arguments], input=typed)


def succeeded(result: Result) -> str:
    assert result.exit_code == 0, result.output
    assert all(len(line) <= 80 for line in result.output.splitlines()), result.output
    return result.output


class TestStatus:
    def test_open_orders_are_counted_and_old_ones_listed(self, aws: WorkflowAccount) -> None:
        aws.place(minutes=65)
        aws.place(OTHER, minutes=2, status="CHECKED", execution="e")
        aws.place(ORDER[:-1] + "c", status="FULFILLED")
        output = succeeded(run("status"))
        assert "2: 1 PLACED, 1 CHECKED; the oldest for 1 h 5 min" in output
        assert f"{ORDER}  PLACED  1 h 5 min  none" in output
        assert OTHER not in output
        assert OTHER in succeeded(run("status", "--older-than", "0"))

    def test_no_more_orders_than_the_limit_are_listed(self, aws: WorkflowAccount) -> None:
        aws.place(minutes=65)
        aws.place(OTHER, minutes=60)
        output = succeeded(run("status", "--limit", "1"))
        assert ORDER in output
        assert OTHER not in output
        assert "and 1 order more" in output

    def test_the_json_has_pipe_executions_and_dead_letters(self, aws: WorkflowAccount) -> None:
        aws.place(execution="gone")
        aws.send_dead_letter()
        data = json.loads(run("status", "--json").stdout)
        assert (data["stack"], data["pipe"]["state"], data["dead_letters"]) == (STACK, "RUNNING", 1)
        assert data["open_orders"] == {"total": 1, "PLACED": 1}
        [listed] = data["old_orders"]["listed"]
        assert (listed["id"], listed["execution_status"]) == (ORDER, "UNKNOWN")
        assert listed["age_seconds"] >= 3600

    def test_a_stopped_pipe_shows_its_reason(self, aws: WorkflowAccount, monkeypatch: pytest.MonkeyPatch) -> None:
        stopped = stub("pipes", ("describe_pipe", {"CurrentState": "STOPPED", "StateReason": "not authorized"}))
        client = aws.account.client
        monkeypatch.setattr(
            "deployment.cli.account_of",
            lambda _: account_with(client, pipes=stopped),
        )
        assert "STOPPED: not authorized" in succeeded(run("status"))


def account_with(client: Any, **services: Any) -> Any:
    """An account with other clients for these services."""
    found = moto_account()
    found.client = lambda service: services.get(service) or client(service)  # type: ignore[method-assign]
    return found


class TestReplay:
    def test_the_order_of_a_dead_letter_is_started_and_the_message_deleted(self, aws: WorkflowAccount) -> None:
        aws.place()
        aws.send_dead_letter()
        assert f"{ORDER}  start" in succeeded(run("replay", "--yes"))
        assert list(aws.inputs().values()) == [[{"order_id": ORDER, "trace": "Root=1"}]]
        assert aws.messages() == 0

    def test_a_dry_run_changes_nothing_and_hides_no_message(self, aws: WorkflowAccount) -> None:
        aws.place()
        aws.send_dead_letter()
        for _ in range(2):
            assert f"{ORDER}  start" in succeeded(run("replay", "--dry-run"))
        assert (aws.inputs(), aws.messages()) == ({}, 1)

    def test_nothing_happens_without_confirmation(self, aws: WorkflowAccount) -> None:
        aws.place()
        aws.send_dead_letter()
        assert "Start 1 execution and delete 1 dead letter?" in succeeded(run("replay", typed="n\n"))
        rejected = run("replay")
        assert (rejected.exit_code, "pass --yes" in rejected.output) == (1, True)
        assert (aws.inputs(), aws.messages()) == ({}, 1)
        succeeded(run("replay", typed="y\n"))
        assert (len(aws.inputs()), aws.messages()) == (1, 0)

    def test_a_message_stays_if_its_execution_cannot_start_and_the_next_attempt_starts_it_once(
        self, aws: WorkflowAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        aws.place()
        aws.send_dead_letter()
        delete = dead_letters.delete
        lost = ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "busy"}}, "DeleteMessage")

        def fail(*_: Any) -> None:
            raise lost

        monkeypatch.setattr(dead_letters, "delete", fail)
        failed = run("replay", "--yes")
        assert (failed.exit_code, "AWS rejected a request" in failed.output) == (1, True)
        assert (len(aws.inputs()), aws.messages()) == (1, 1)
        monkeypatch.setattr(dead_letters, "delete", delete)
        succeeded(run("replay", "--yes"))
        assert (len(aws.inputs()), aws.messages()) == (1, 0)

    def test_an_order_that_is_final_or_has_an_execution_is_not_started(self, aws: WorkflowAccount) -> None:
        aws.place()
        aws.send_dead_letter()
        aws.place(status="CANCELLED")
        output = succeeded(run("replay", "--yes"))
        assert "is CANCELLED" in output
        assert (aws.inputs(), aws.messages()) == ({}, 0)

    def test_after_24_hours_orders_without_an_execution_are_started(
        self, aws: WorkflowAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        aws.place(minutes=90)
        aws.place(OTHER, minutes=90, status="CHECKED", execution="e")
        aws.send_dead_letter()
        monkeypatch.setattr(dead_letters, "read_orders", lambda *_: None)
        succeeded(run("replay", "--yes"))
        assert list(aws.inputs().values()) == [[{"order_id": ORDER, "trace": ""}]]
        assert aws.messages() == 0

    def test_a_message_of_another_sender_stays_and_is_reported(self, aws: WorkflowAccount) -> None:
        aws.send("hello")
        result = run("replay", "--yes")
        assert result.exit_code == 1
        assert "1 message stayed in the queue" in result.output
        assert aws.messages() == 1

    def test_all_messages_up_to_the_limit_are_replayed(self, aws: WorkflowAccount) -> None:
        for number in range(12):
            aws.place(f"ord_{number:032x}")
            aws.send_dead_letter()
        succeeded(run("replay", "--yes", "--limit", "11"))
        assert (len(aws.inputs()), aws.messages()) == (11, 1)
        succeeded(run("replay", "--yes"))
        assert (len(aws.inputs()), aws.messages()) == (12, 0)

    def test_an_empty_queue_is_no_failure(self, aws: WorkflowAccount) -> None:
        assert aws.messages() == 0
        assert "there are no dead letters" in succeeded(run("replay"))

    @pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
    def test_a_record_that_the_stream_no_longer_has_is_expired(self, code: str) -> None:
        streams = stub("dynamodbstreams", error("get_shard_iterator", code))
        assert dead_letters.read_orders(workflow(dynamodbstreams=streams), LETTER) is None

    def test_an_empty_stream_is_expired_and_not_a_letter_without_orders(self) -> None:
        """A letter without orders would be deleted, and its order lost."""
        streams = stub(
            "dynamodbstreams", ("get_shard_iterator", {"ShardIterator": "i"}), ("get_records", {"Records": []})
        )
        assert dead_letters.read_orders(workflow(dynamodbstreams=streams), LETTER) is None


class TestRedrive:
    @pytest.fixture
    def states(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, ExecutionState]:
        """Name -> state of executions."""
        found: dict[str, ExecutionState] = {}
        monkeypatch.setattr(executions, "state_of", lambda _workflow, name: found[name])
        return found

    def test_an_execution_that_cannot_be_redriven_is_replaced(
        self, aws: WorkflowAccount, states: dict[str, ExecutionState]
    ) -> None:
        aws.place(status="CHECKED", execution="dead")
        aws.place(OTHER, status="CHECKED", execution="alive")
        states |= {"dead": ExecutionState(status="FAILED"), "alive": ExecutionState(status="RUNNING")}
        output = succeeded(run("redrive", "--yes"))
        assert f"{ORDER}  start   execution is FAILED" in output
        assert OTHER not in output
        [started] = aws.inputs().values()
        assert started == [{"order_id": ORDER, "trace": "", "takes_over": "dead"}]

    def test_an_execution_is_redriven_by_its_arn(self, aws: WorkflowAccount, states: dict[str, ExecutionState]) -> None:
        aws.place(status="FULFILLING", execution="dead")
        states["dead"] = ExecutionState(status="TIMED_OUT", is_redrivable=True)
        assert f"{ORDER}  redrive" in succeeded(run("redrive", "--dry-run"))
        assert aws.inputs() == {}
        states_client = stub("stepfunctions", ("redrive_execution", {"redriveDate": 0}))
        seen: list[str] = []
        states_client.meta.events.register(
            "before-parameter-build.*.*", lambda params, **_: seen.append(params["executionArn"])
        )
        plan = repair.plan_redrives(find(aws.account), (), lambda _: None)
        assert repair.apply(workflow(stepfunctions=states_client), plan[0])
        assert seen == ["arn:aws:states:us-east-1:1:execution:orders:dead"]

    def test_what_another_command_did_before_is_said(
        self, aws: WorkflowAccount, states: dict[str, ExecutionState], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        aws.place(status="CHECKED", execution="dead")
        states["dead"] = ExecutionState(status="FAILED")
        monkeypatch.setattr(executions, "start", lambda *_: False)
        assert f"{ORDER}  already repaired by another command" in succeeded(run("redrive", "--yes"))

    def test_an_execution_that_exists_already_is_no_failure(self) -> None:
        client = stub("stepfunctions", error("start_execution", "ExecutionAlreadyExists"))
        assert not executions.start(workflow(stepfunctions=client), "name", ORDER, {})

    def test_a_redrive_that_another_command_did_is_no_failure(self) -> None:
        client = stub("stepfunctions", error("redrive_execution", "ExecutionNotRedrivable"))
        assert not executions.redrive(workflow(stepfunctions=client), "dead")

    def test_an_order_that_cannot_be_redriven_is_an_error(
        self, aws: WorkflowAccount, states: dict[str, ExecutionState]
    ) -> None:
        aws.place()
        result = run("redrive", ORDER, "--yes")
        assert (result.exit_code, states) == (1, {})
        assert "1 order cannot be redriven" in result.output

    def test_nothing_to_do_is_no_failure(self, aws: WorkflowAccount) -> None:
        aws.place()
        assert "no open order has an execution that has ended" in succeeded(run("redrive"))

    def test_only_the_named_order_is_redriven(self, aws: WorkflowAccount, states: dict[str, ExecutionState]) -> None:
        for order_id in (ORDER, OTHER):
            aws.place(order_id, status="CHECKED", execution=f"of-{order_id}")
            states[f"of-{order_id}"] = ExecutionState(status="ABORTED")
        succeeded(run("redrive", OTHER, "--yes"))
        assert [each[0]["order_id"] for each in aws.inputs().values()] == [OTHER]

    @pytest.mark.parametrize(
        ("last", "is_redrivable"), [("TaskStateEntered", True), ("TaskFailed", True), ("FailStateEntered", False)]
    )
    def test_an_execution_that_ended_in_a_fail_state_is_not_redriven(self, last: str, *, is_redrivable: bool) -> None:
        """It would start with this state, and fail again."""
        event = {"timestamp": 0, "id": 1}
        events = [{**event, "type": "ExecutionFailed"}, {**event, "type": last}]
        client = stub(
            "stepfunctions",
            ("describe_execution", {**DESCRIBED, "status": "FAILED"}),
            ("get_execution_history", {"events": events}),
        )
        found = executions.state_of(workflow(stepfunctions=client), "e")
        assert found == ExecutionState(status="FAILED", is_redrivable=is_redrivable)

    @pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT"])
    def test_the_history_of_other_executions_is_not_read(self, status: str) -> None:
        client = stub("stepfunctions", ("describe_execution", {**DESCRIBED, "status": status}))
        found = executions.state_of(workflow(stepfunctions=client), "e")
        assert found == ExecutionState(status=status, is_redrivable=True)


class TestReconcile:
    def test_the_result_is_printed(self, aws: WorkflowAccount, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reconciler, "run", lambda found: {"reconciler": found.reconciler, "open": 0})
        assert aws.messages() == 0
        output = succeeded(run("reconcile", "--yes"))
        assert json.loads(output[output.index("{") :]) == {"reconciler": "reconcile", "open": 0}

    def test_an_error_of_the_function_is_reported(self) -> None:
        payload = io.BytesIO(b'{"errorType": "KeyError", "errorMessage": "TABLE_NAME"}')
        function = stub("lambda", ("invoke", {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": payload}))
        with pytest.raises(ActionableError, match="the reconciler failed") as raised:
            reconciler.run(workflow(lambda_=function))
        assert raised.value.cause == "KeyError: TABLE_NAME"
        assert "--query LoggingConfig.LogGroup" in raised.value.fix


class TestWorkflow:
    def test_an_account_without_a_workflow_is_an_error(self, aws: WorkflowAccount) -> None:
        result = run("--stack", "Other", "status")
        assert result.exit_code == 1
        assert "the stack Other has no workflow" in result.output
        assert STACK in result.output
        assert aws.messages() == 0

    def test_one_of_two_stages_is_selected(self, aws: WorkflowAccount) -> None:
        outputs = {"StateMachineArn": aws.state_machine, "DeadLetterQueueUrl": aws.queue_url}
        create_stack(aws.account, "OrdersWorkflowTest", outputs)
        several = run("status")
        assert (several.exit_code, "several stacks have a workflow" in several.output) == (1, True)
        old = run("--stack", "OrdersWorkflowTest", "status")
        assert (old.exit_code, "PipeName, ReconcilerName, OrdersTable" in old.output) == (1, True)
        succeeded(run("--stack", STACK, "status"))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["redrive", "ord_1"], "'ord_1' is not an order ID: ord_ and 32 hexadecimal digits."),
            (["status", "--older-than", "-1"], "-1 is not in the range x>=0"),
            (["status", "--limit", "0"], "0 is not in the range 1<=x<=1000"),
            (["replay", "--limit", "x"], "'x' is not a valid integer range"),
            (["fly"], "No such command 'fly'"),
        ],
    )
    def test_invalid_input_is_rejected_with_the_allowed_values(self, arguments: list[str], message: str) -> None:
        result = run(*arguments)
        assert (result.exit_code, message in result.output) == (2, True), result.output

    def test_help_needs_no_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "none")
        for command in ("status", "replay", "redrive", "reconcile"):
            output = run(command, "--help").output
            assert "Example" in output
            assert "PROGRAM" not in output

    def test_a_missing_region_has_a_fix(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("deployment.cli.account_of", lambda _: Account(lambda _: None, region=""))
        result = run("status")
        assert (result.exit_code, "export AWS_REGION=" in result.output) == (1, True)
