"""The workflow's Lambda step and its one-shot task are idempotent."""

import json
import os
import signal

import pytest
from botocore.exceptions import ClientError
from orders import fulfil_task
from orders.fulfil_task import fulfil_and_report, run_fulfil_task
from orders.items import to_item
from orders.model import Line, NewOrder
from orders.order_service import InvalidTransition, UnknownOrder
from orders.settings import SettingsError
from orders.status import Status
from orders.workflow import FulfilmentFailed, run_step


class StateMachine:
    """Records the report of a task."""

    def __init__(self) -> None:
        self.successes: list[dict[str, str]] = []
        self.failures: list[dict[str, str]] = []

    def send_task_success(self, **report: str) -> None:
        self.successes.append(report)

    def send_task_failure(self, **report: str) -> None:
        self.failures.append(report)


@pytest.fixture(autouse=True)
def sigterm():
    """The report of a task ignores SIGTERM."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def state_machine() -> StateMachine:
    return StateMachine()


@pytest.fixture
def placed(service) -> str:
    return service.place(NewOrder("c-42", "EUR", [Line("tea", 2, 450)])).id


def test_a_repeated_check_reserves_stock_once(service, dynamodb, placed):
    first, second = (run_step(service, {"action": "check", "order_id": placed}) for _ in range(2))

    assert first == second == {"order_id": placed, "decision": "ACCEPTED", "reason": None}
    assert _available(dynamodb) == 998


def test_a_repeated_compensation_releases_stock_once(service, dynamodb, placed):
    service.check(placed)
    event = {"action": "compensate", "order_id": placed, "reason": "the task failed"}
    first, second = (run_step(service, event) for _ in range(2))

    assert first == second == {"order_id": placed, "status": "FAILED"}
    assert service.get(placed).reason == "the task failed"
    assert _available(dynamodb) == 1000


def test_compensating_a_placed_order_fails_it_and_releases_nothing(service, dynamodb, placed):
    assert run_step(service, {"action": "compensate", "order_id": placed})["status"] == "FAILED"
    assert _available(dynamodb) == 1000


def test_a_reason_is_truncated_for_the_customer(service, placed):
    run_step(service, {"action": "compensate", "order_id": placed, "reason": "x" * 10_000})

    assert service.get(placed).reason == "x" * 200


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        (Status.CHECKED, "ACCEPTED"),
        (Status.FULFILLING, "ACCEPTED"),
        (Status.FULFILLED, "FULFILLED"),
        (Status.REJECTED, "REJECTED"),
        (Status.FAILED, "REJECTED"),
        (Status.CANCELLED, "CANCELLED"),
    ],
)
def test_a_late_check_returns_the_decision_of_the_current_status(service, dynamodb, placed, status, decision):
    dynamodb.put_item(TableName="orders", Item=to_item(service.get(placed)) | {"status": {"S": status}})

    assert run_step(service, {"action": "check", "order_id": placed})["decision"] == decision
    assert service.get(placed).status is status


def test_cancelling_a_checked_order_releases_its_stock(service, dynamodb, placed):
    service.check(placed)
    service.cancel(placed)

    assert _available(dynamodb) == 1000


def test_an_order_cancelled_during_its_check_reserves_no_stock(service, dynamodb, placed, monkeypatch):
    read, cancelled = service.table.get_with_owner, []

    def read_then_cancel(order_id: str):
        found = read(order_id)
        if not cancelled:
            cancelled.append(order_id)
            service.cancel(order_id)
        return found

    monkeypatch.setattr(service.table, "get_with_owner", read_then_cancel)

    assert run_step(service, {"action": "check", "order_id": placed})["decision"] == "CANCELLED"
    assert _available(dynamodb) == 1000


@pytest.mark.parametrize(
    "event", [{}, {"action": "check"}, {"action": "ship", "order_id": "ord_1"}, {"action": "check", "order_id": 1}]
)
def test_an_invalid_event_is_rejected(service, event):
    with pytest.raises(ValueError, match="the event must be"):
        run_step(service, event)


def test_checking_an_unknown_order_is_an_error(service):
    with pytest.raises(UnknownOrder):
        run_step(service, {"action": "check", "order_id": "ord_none"})


def test_a_repeated_task_reports_the_same_shipment(service, placed, state_machine):
    service.check(placed)
    for _ in range(2):
        fulfil_and_report(service, state_machine, placed, "token")
    first, second = state_machine.successes

    assert first == second
    assert json.loads(first["output"]) == {"order_id": placed, "shipment": placed.replace("ord_", "shp_")}
    assert service.get(placed).status is Status.FULFILLING


def test_a_task_of_a_fulfilled_order_reports_it_again(service, placed, state_machine):
    service.check(placed)
    service.table.transition(service.start_fulfilling(placed), Status.FULFILLED)
    fulfil_and_report(service, state_machine, placed, "token")

    assert state_machine.successes


def test_an_order_whose_fulfilment_has_started_only_goes_forward(service, placed, state_machine):
    service.check(placed)
    fulfil_and_report(service, state_machine, placed, "token")

    assert run_step(service, {"action": "compensate", "order_id": placed}) == {
        "order_id": placed,
        "status": "FULFILLING",
    }
    with pytest.raises(InvalidTransition):
        service.cancel(placed)
    service.table.transition(service.get(placed), Status.FULFILLED)


def test_an_order_that_failed_before_its_task_is_not_shipped(service, dynamodb, placed, state_machine):
    service.check(placed)
    run_step(service, {"action": "compensate", "order_id": placed})

    with pytest.raises(FulfilmentFailed):
        fulfil_and_report(service, state_machine, placed, "token")
    assert service.get(placed).status is Status.FAILED
    assert _shipments(dynamodb) == []
    assert _available(dynamodb) == 1000


def test_a_repeated_task_ships_once(service, dynamodb, placed, state_machine):
    service.check(placed)
    for _ in range(3):
        fulfil_and_report(service, state_machine, placed, "token")

    assert _shipments(dynamodb) == [placed]


class EndedStep(StateMachine):
    """Rejects each report with an error of Step Functions."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code

    def send_task_success(self, **report: str) -> None:
        super().send_task_success(**report)
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "SendTaskSuccess")

    def send_task_failure(self, **report: str) -> None:
        super().send_task_failure(**report)
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "SendTaskFailure")


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut"])
def test_a_result_that_the_step_no_longer_expects_is_no_failure(service, dynamodb, placed, code):
    service.check(placed)
    ended = EndedStep(code)
    fulfil_and_report(service, ended, placed, "token")

    assert len(ended.successes) == 1
    assert ended.failures == []
    assert _shipments(dynamodb) == [placed]


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut"])
def test_a_failure_keeps_its_cause_when_the_step_has_ended(service, placed, code):
    service.check(placed)
    run_step(service, {"action": "compensate", "order_id": placed})
    with pytest.raises(FulfilmentFailed):
        fulfil_and_report(service, EndedStep(code), placed, "token")


def test_an_invalid_token_is_a_failure(service, placed):
    service.check(placed)
    with pytest.raises(ClientError, match="InvalidToken"):
        fulfil_and_report(service, EndedStep("InvalidToken"), placed, "token")


def test_a_second_execution_has_no_effect_on_an_order_that_the_first_one_owns(service, dynamodb, placed, state_machine):
    first = {"order_id": placed, "execution": "first"}
    second = {"order_id": placed, "execution": "second"}
    assert run_step(service, first | {"action": "check"})["decision"] == "ACCEPTED"

    assert run_step(service, second | {"action": "check"})["decision"] == "OWNED"
    assert run_step(service, second | {"action": "compensate"})["status"] == "OWNED"
    with pytest.raises(FulfilmentFailed, match="belongs to the execution first"):
        fulfil_and_report(service, state_machine, placed, "token", "second")
    assert service.get(placed).status is Status.CHECKED
    fulfil_and_report(service, state_machine, placed, "token", "first")
    assert run_step(service, second | {"action": "compensate"})["status"] == "OWNED"
    assert _shipments(dynamodb) == [placed]


def test_an_execution_that_was_taken_over_has_no_effect_any_more(service, dynamodb, placed, state_machine):
    run_step(service, {"action": "check", "order_id": placed, "execution": "first"})
    taken_over = {"action": "check", "order_id": placed, "execution": "second", "takes_over": "first"}

    assert [run_step(service, taken_over)["decision"] for _ in range(2)] == ["ACCEPTED", "ACCEPTED"]
    assert run_step(service, {"action": "check", "order_id": placed, "execution": "first"})["decision"] == "OWNED"
    with pytest.raises(FulfilmentFailed):
        fulfil_and_report(service, state_machine, placed, "token", "first")
    assert _shipments(dynamodb) == []
    assert _available(dynamodb) == 998


def test_only_the_owner_that_has_ended_is_taken_over(service, placed):
    run_step(service, {"action": "check", "order_id": placed, "execution": "first"})
    other = {"action": "check", "order_id": placed, "execution": "third", "takes_over": "second"}

    assert run_step(service, other)["decision"] == "OWNED"


@pytest.mark.parametrize("final", [False, True])
def test_open_orders_are_in_the_index_until_they_are_final(service, placed, final):
    service.check(placed, execution="first")
    if final:
        service.cancel(placed)
    [*found] = service.table.open_orders(placed[-1])

    assert [(item["id"]["S"], item["status"]["S"], item["execution"]["S"]) for item in found] == (
        [] if final else [(placed, "CHECKED", "first")]
    )


def test_sigterm_is_reported_as_an_interruption(service, placed, state_machine, monkeypatch):
    service.check(placed)
    signal.signal(signal.SIGTERM, fulfil_task._interrupt)
    monkeypatch.setattr(service.table, "hand_over", lambda _: os.kill(os.getpid(), signal.SIGTERM))

    with pytest.raises(fulfil_task.Interrupted):
        fulfil_and_report(service, state_machine, placed, "token")
    assert [failure["error"] for failure in state_machine.failures] == ["FulfilmentInterrupted"]


def test_a_task_of_a_cancelled_order_reports_a_failure(service, placed, state_machine):
    service.cancel(placed)

    with pytest.raises(FulfilmentFailed):
        fulfil_and_report(service, state_machine, placed, "token")
    [failure] = state_machine.failures
    assert failure == {
        "taskToken": "token",
        "error": "FulfilmentFailed",
        "cause": f"FulfilmentFailed: order {placed} is CANCELLED",
    }


def test_an_interrupted_task_reports_that_it_can_be_retried(service, placed, state_machine, monkeypatch):
    def fail(_: str) -> None:
        raise ConnectionError("the table")

    monkeypatch.setattr(service.table, "get_with_owner", fail)

    with pytest.raises(ConnectionError):
        fulfil_and_report(service, state_machine, placed, "token")
    assert [failure["error"] for failure in state_machine.failures] == ["FulfilmentInterrupted"]


@pytest.mark.parametrize("missing", ["TABLE_NAME", "ORDER_ID", "TASK_TOKEN"])
def test_a_task_reports_a_missing_variable(missing):
    environment = {"TABLE_NAME": "orders", "ORDER_ID": "ord_1", "TASK_TOKEN": "token"}
    del environment[missing]

    with pytest.raises(SettingsError, match=f"{missing} is not set: it names .*\\. Set it"):
        run_fulfil_task(environment)


def test_attributes_outside_the_api_are_ignored(service, dynamodb, placed):
    item = to_item(service.get(placed)) | {"trace": {"S": "Root=1"}, "added_later": {"BOOL": True}}
    dynamodb.put_item(TableName="orders", Item=item)

    assert service.get(placed).id == placed


def _shipments(dynamodb) -> list[str]:
    return [item["order_id"]["S"] for item in dynamodb.scan(TableName="orders")["Items"] if "handed_over_at" in item]


def _available(dynamodb) -> int:
    item = dynamodb.get_item(TableName="orders", Key={"id": {"S": "stock#tea"}}).get("Item")
    return int(item["available"]["N"]) if item else 1000
