"""The reconciler restarts abandoned orders and releases abandoned slots, and leaves others alone."""

import importlib
import json
import sys
from datetime import UTC, datetime, timedelta

import botocore.session
import pytest
from botocore.stub import Stubber
from orders.executions import Executions
from orders.model import Line, NewOrder
from orders.reconciler import MAX_RESTARTS, Reconciler, Report
from orders.slots import Slots

ARN = "arn:aws:states:us-east-1:111111111111:stateMachine:Orders"
EXECUTION_ARN = "arn:aws:states:us-east-1:111111111111:execution:Orders:"
AFTER_S = 600.0


class FakeExecutions:
    """Executions by name, with their status."""

    def __init__(self, **statuses: str) -> None:
        self.statuses = statuses
        self.started: list[tuple[str, str, str]] = []

    def running(self) -> set[str]:
        return {name for name, status in self.statuses.items() if status == "RUNNING"}

    def has_ended(self, name: str) -> bool:
        return self.statuses.get(name) not in ("RUNNING", "STARTED")

    def start(self, name: str, order_id: str, takes_over: str = "") -> bool:
        if name in self.statuses:
            return False
        self.statuses[name] = "RUNNING"
        self.started.append((name, order_id, takes_over))
        return True


class FakeSlots:
    def __init__(self, *holders: str) -> None:
        self.names = list(holders)

    def holders(self) -> list[str]:
        return list(self.names)

    def release(self, execution: str) -> None:
        self.names.remove(execution)


@pytest.fixture
def placed(service) -> str:
    return service.place(NewOrder("c-42", "EUR", [Line("tea", 2, 450)])).id


def reconciler(service, executions: FakeExecutions, *holders: str) -> Reconciler:
    return Reconciler(table=service.table, slots=FakeSlots(*holders), executions=executions, after_s=AFTER_S)


def run(found: Reconciler, now: datetime) -> Report:
    report = Report()
    found.run(now, report)
    return report


def later(factor: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=AFTER_S * factor)


def test_an_order_without_an_execution_is_started(service, placed):
    executions = FakeExecutions()
    report = run(reconciler(service, executions), later(1.1))

    assert report.restarted == [placed]
    assert executions.started == [(f"{placed}-0", placed, "")]
    assert (report.open_orders, round(report.oldest_s / AFTER_S, 1)) == ({"PLACED": 1}, 1.1)


def test_an_order_that_an_earlier_version_ended_is_closed(service, dynamodb, placed):
    """The definition of an earlier version records the shipment and leaves the order in the index of open orders."""
    service.check(placed)
    dynamodb.update_item(
        TableName="orders",
        Key={"id": {"S": placed}},
        UpdateExpression="SET #status = :fulfilled",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":fulfilled": {"S": "FULFILLED"}},
    )
    assert run(reconciler(service, FakeExecutions()), later(1.1)).restarted == [placed]

    service.check(placed, execution="restarted")

    assert run(reconciler(service, FakeExecutions()), later(1.1)).open_orders == {}


@pytest.mark.usefixtures("placed")
def test_a_new_order_is_left_alone(service):
    report = run(reconciler(service, FakeExecutions()), later(0.9))

    assert report.restarted == []
    assert report.open_orders == {"PLACED": 1}


@pytest.mark.parametrize("status", ["RUNNING", "STARTED"])
def test_an_order_whose_owner_runs_is_left_alone(service, placed, status):
    """Lists of executions are eventually consistent: an execution that has STARTED is not in the list yet."""
    service.check(placed, execution="first")

    assert run(reconciler(service, FakeExecutions(first=status)), later(5)).restarted == []


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT", "SUCCEEDED", "UNKNOWN"])
def test_an_order_whose_owner_has_ended_is_taken_over(service, placed, status):
    service.check(placed, execution="first")
    executions = FakeExecutions(first=status)

    assert run(reconciler(service, executions), later(5)).restarted == [placed]
    assert executions.started == [(f"{placed}-2", placed, "first")]


def test_a_final_order_is_left_alone(service, placed):
    service.cancel(placed)

    assert run(reconciler(service, FakeExecutions()), later(5)).open_orders == {}


def test_an_order_that_fails_again_and_again_is_restarted_when_its_age_has_doubled_and_once_an_hour(service, placed):
    executions = FakeExecutions()
    found = reconciler(service, executions)
    for factor in range(1, 60):  # ten hours
        run(found, later(factor + 0.5))
        executions.statuses = dict.fromkeys(executions.statuses, "FAILED")

    assert [name for name, _, _ in executions.started] == [f"{placed}-{bucket}" for bucket in range(10)]


def test_a_run_restarts_not_more_orders_than_its_limit(service, monkeypatch):
    for _ in range(4):
        service.place(NewOrder("c-42", "EUR", [Line("tea", 1, 1)]))
    monkeypatch.setattr("orders.reconciler.MAX_RESTARTS", 3)

    assert MAX_RESTARTS == 100
    assert len(run(reconciler(service, FakeExecutions()), later(2)).restarted) == 3


def test_orders_that_were_restarted_before_leave_room_for_others(service, monkeypatch):
    """Asking about them is limited, and the choice is random."""
    first, second = (service.place(NewOrder("c-42", "EUR", [Line("tea", 1, 1)])).id for _ in range(2))
    monkeypatch.setattr("orders.reconciler.MAX_ATTEMPTS", 1)
    executions = FakeExecutions(**{f"{first}-1": "FAILED"})
    for _ in range(100):
        run(reconciler(service, executions), later(2))

    assert [order_id for _, order_id, _ in executions.started] == [second]


def test_the_report_has_what_is_known_when_step_functions_fails(service, placed, monkeypatch):
    executions, report = FakeExecutions(), Report()
    monkeypatch.setattr(executions, "running", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reconciler(service, executions).run(later(2), report)

    assert report.open_orders == {service.get(placed).status: 1}


def test_orders_that_run_do_not_use_up_the_limit(service, monkeypatch):
    first, second = (service.place(NewOrder("c-42", "EUR", [Line("tea", 1, 1)])).id for _ in range(2))
    service.check(first, execution="busy")
    monkeypatch.setattr("orders.reconciler.MAX_RESTARTS", 1)

    assert run(reconciler(service, FakeExecutions(busy="RUNNING")), later(2)).restarted == [second]


def test_slots_of_executions_that_have_ended_are_released(service):
    found = reconciler(service, FakeExecutions(a="RUNNING", b="FAILED", c="STARTED"), "a", "b", "c", "gone")
    report = run(found, later(1))

    assert (report.slots_in_use, report.slots_released, found.slots.names) == (2, ["b", "gone"], ["a", "c"])


@pytest.fixture
def slots(dynamodb):
    dynamodb.create_table(
        TableName="slots",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    yield Slots("slots", dynamodb)
    dynamodb.delete_table(TableName="slots")


def test_slots_are_read_and_released_in_the_table(slots, dynamodb):
    assert slots.holders() == []
    dynamodb.put_item(TableName="slots", Item={"id": {"S": "fulfilment"}, "holders": {"SS": ["a", "b"]}})
    assert slots.holders() == ["a", "b"]
    for _ in range(2):
        slots.release("a")
    assert slots.holders() == ["b"]
    slots.release("b")
    assert slots.holders() == []


@pytest.fixture
def step_functions():
    client = botocore.session.get_session().create_client("stepfunctions", "us-east-1")
    with Stubber(client) as stubber:
        yield Executions(ARN, client), stubber


def test_running_executions_are_listed(step_functions):
    executions, stubber = step_functions
    listed = {"executionArn": EXECUTION_ARN + "a", "stateMachineArn": ARN, "name": "a", "status": "RUNNING"}
    response = {"executions": [listed | {"startDate": datetime.now(UTC)}]}
    request = {"stateMachineArn": ARN, "statusFilter": "RUNNING", "maxResults": 1000}
    stubber.add_response("list_executions", response, request)

    assert executions.running() == {"a"}


@pytest.mark.parametrize(("status", "has_ended"), [("RUNNING", False), ("FAILED", True), ("SUCCEEDED", True)])
def test_the_end_of_an_execution_is_read_from_its_status(step_functions, status, has_ended):
    executions, stubber = step_functions
    response = {
        "executionArn": EXECUTION_ARN + "a",
        "stateMachineArn": ARN,
        "status": status,
        "startDate": datetime.now(UTC),
    }
    stubber.add_response("describe_execution", response, {"executionArn": EXECUTION_ARN + "a"})

    assert executions.has_ended("a") is has_ended


def test_an_execution_that_does_not_exist_has_ended(step_functions):
    executions, stubber = step_functions
    stubber.add_client_error("describe_execution", "ExecutionDoesNotExist")

    assert executions.has_ended("a")


@pytest.mark.parametrize("takes_over", ["", "first"])
def test_an_execution_is_started_with_its_order(step_functions, takes_over):
    executions, stubber = step_functions
    entry = {"order_id": "ord_1", "trace": ""} | ({"takes_over": takes_over} if takes_over else {})
    request = {"stateMachineArn": ARN, "name": "ord_1-0", "input": json.dumps([entry], separators=(",", ":"))}
    response = {"executionArn": EXECUTION_ARN + "ord_1-0", "startDate": datetime.now(UTC)}
    stubber.add_response("start_execution", response, request)
    stubber.add_client_error("start_execution", "ExecutionAlreadyExists")

    assert executions.start("ord_1-0", "ord_1", takes_over)
    assert not executions.start("ord_1-0", "ord_1", takes_over)


@pytest.mark.parametrize("error", ["InvalidToken", "TaskDoesNotExist", "TaskTimedOut"])
def test_the_failure_of_a_task_whose_step_has_ended_is_ignored(step_functions, error):
    executions, stubber = step_functions
    stubber.add_client_error("send_task_failure", error)

    executions.fail_task("token", "killed")


class TestHandler:
    """The Lambda handler of the reconciler."""

    @pytest.fixture
    def module(self, service, placed, monkeypatch, step_functions):  # noqa: ARG002 - places an order
        environment = {
            "TABLE_NAME": "orders",
            "SLOTS_TABLE_NAME": "slots",
            "STATE_MACHINE_ARN": ARN,
            "WORKFLOW_NAME": "OrdersWorkflow",
            "RECONCILE_AFTER_MINUTES": "10",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("orders.logs.start_logging", lambda _: None)
        monkeypatch.delitem(sys.modules, "orders.lambda_reconcile", raising=False)
        module = importlib.import_module("orders.lambda_reconcile")
        executions, stubber = step_functions
        monkeypatch.setattr(module, "_executions", executions)
        monkeypatch.setattr(module, "_reconciler", reconciler(service, FakeExecutions(), "gone"))
        return module, stubber

    def test_a_run_restarts_orders_and_writes_metrics(self, module, placed, capsys):
        event = {"detail-type": "Scheduled Event", "time": later(1.5).isoformat()}
        result = module[0].handler(event, None)

        assert (result["restarted"], result["open_orders"], result["slots_released"]) == (
            [placed],
            {"PLACED": 1},
            ["gone"],
        )
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert {(line["Workflow"], line.get("Status"), line["OpenOrders"]) for line in lines} == {
            ("OrdersWorkflow", None, 1),
            ("OrdersWorkflow", "PLACED", 1),
            ("OrdersWorkflow", "CHECKED", 0),
            ("OrdersWorkflow", "FULFILLING", 0),
        }
        for line in lines:
            [definition] = line["_aws"]["CloudWatchMetrics"]
            assert definition["Namespace"] == "Orders"
            assert {metric["Name"] for metric in definition["Metrics"]} <= line.keys()
            assert set(definition["Dimensions"][0]) <= line.keys()

    def test_an_operator_can_invoke_it_without_an_event(self, module):
        assert module[0].handler({}, None)["open_orders"] == {"PLACED": 1}

    @pytest.mark.parametrize("containers", [[{"exitCode": 137}], [{}]])
    def test_a_task_that_was_killed_or_could_not_start_is_reported(self, module, containers):
        handler, stubber = module[0].handler, module[1]
        code = containers[0].get("exitCode", "none")
        cause = f"OutOfMemoryError; exit code {code}"
        expected = {"taskToken": "token", "error": "FulfilmentInterrupted", "cause": cause}
        stubber.add_response("send_task_failure", {}, expected)

        assert handler(stopped(containers), None) == {"reported": True}
        stubber.assert_no_pending_responses()

    def test_a_task_that_succeeded_is_not_reported(self, module):
        assert module[0].handler(stopped([{"exitCode": 0}]), None) == {"reported": False}


def stopped(containers: list[dict[str, int]]) -> dict[str, object]:
    environment = [{"name": "ORDER_ID", "value": "ord_1"}, {"name": "TASK_TOKEN", "value": "token"}]
    overrides = {"containerOverrides": [{"name": "Main", "environment": environment}]}
    detail = {"overrides": overrides, "containers": containers, "stoppedReason": "OutOfMemoryError"}
    return {"detail-type": "ECS Task State Change", "detail": detail}
