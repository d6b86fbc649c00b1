"""The workflow's Lambda step and its one-shot task: one effect, however often they are delivered."""

import json

import pytest
from orders.book import UnknownOrder
from orders.fulfil_task import report, run_fulfil_task
from orders.items import to_item
from orders.model import Line, NewOrder
from orders.settings import SettingsError
from orders.status import Status
from orders.table import Moved
from orders.workflow import FulfilmentFailed, run_step


class StateMachine:
    """Takes what a task reports."""

    def __init__(self) -> None:
        self.successes: list[dict[str, str]] = []
        self.failures: list[dict[str, str]] = []

    def send_task_success(self, **report: str) -> None:
        self.successes.append(report)

    def send_task_failure(self, **report: str) -> None:
        self.failures.append(report)


@pytest.fixture
def state_machine() -> StateMachine:
    return StateMachine()


@pytest.fixture
def placed(book) -> str:
    return book.place(NewOrder("c-42", "EUR", [Line("tea", 2, 450)])).id


def test_a_check_delivered_twice_decides_and_takes_stock_once(book, dynamodb, placed):
    first, second = (run_step(book, {"action": "check", "order_id": placed}) for _ in range(2))

    assert first == second == {"order_id": placed, "decision": "ACCEPTED", "reason": None}
    assert _available(dynamodb) == 998


def test_a_compensation_delivered_twice_gives_stock_back_once(book, dynamodb, placed):
    book.check(placed)
    event = {"action": "compensate", "order_id": placed, "reason": "the task failed"}
    first, second = (run_step(book, event) for _ in range(2))

    assert first == second == {"order_id": placed, "status": "FAILED"}
    assert book.get(placed).reason == "the task failed"
    assert _available(dynamodb) == 1000


def test_a_compensation_of_a_placed_order_fails_it_and_gives_nothing_back(book, dynamodb, placed):
    assert run_step(book, {"action": "compensate", "order_id": placed})["status"] == "FAILED"
    assert _available(dynamodb) == 1000


def test_a_reason_is_no_longer_than_a_customer_wants_to_read(book, placed):
    run_step(book, {"action": "compensate", "order_id": placed, "reason": "x" * 10_000})

    assert book.get(placed).reason == "x" * 200


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
def test_a_check_that_comes_late_decides_by_where_the_order_stands(book, dynamodb, placed, status, decision):
    dynamodb.put_item(TableName="orders", Item=to_item(book.get(placed)) | {"status": {"S": status}})

    assert run_step(book, {"action": "check", "order_id": placed})["decision"] == decision
    assert book.get(placed).status is status


def test_cancelling_a_checked_order_gives_its_stock_back(book, dynamodb, placed):
    book.check(placed)
    book.cancel(placed)

    assert _available(dynamodb) == 1000


def test_an_order_cancelled_while_it_is_checked_holds_no_stock(book, dynamodb, placed, monkeypatch):
    get, cancelled = book.table.get, []

    def get_then_cancel(order_id: str):
        order = get(order_id)
        if not cancelled:
            cancelled.append(order_id)
            book.cancel(order_id)
        return order

    monkeypatch.setattr(book.table, "get", get_then_cancel)

    assert run_step(book, {"action": "check", "order_id": placed})["decision"] == "CANCELLED"
    assert _available(dynamodb) == 1000


@pytest.mark.parametrize(
    "event", [{}, {"action": "check"}, {"action": "ship", "order_id": "ord_1"}, {"action": "check", "order_id": 1}]
)
def test_an_event_of_another_shape_is_refused(book, event):
    with pytest.raises(ValueError, match="the event must be"):
        run_step(book, event)


def test_checking_an_unknown_order_is_an_error(book):
    with pytest.raises(UnknownOrder):
        run_step(book, {"action": "check", "order_id": "ord_none"})


def test_a_task_delivered_twice_reports_the_same_shipment(book, placed, state_machine):
    book.check(placed)
    for _ in range(2):
        report(book, state_machine, placed, "token")
    first, second = state_machine.successes

    assert first == second
    assert json.loads(first["output"]) == {"order_id": placed, "shipment": placed.replace("ord_", "shp_")}
    assert book.get(placed).status is Status.FULFILLING


def test_a_task_of_a_fulfilled_order_reports_it_again(book, placed, state_machine):
    book.check(placed)
    book.table.move(book.start_fulfilling(placed), Status.FULFILLED)
    report(book, state_machine, placed, "token")

    assert state_machine.successes


def test_an_order_that_was_given_up_while_its_task_ran_cannot_end_fulfilled(book, dynamodb, placed, state_machine):
    book.check(placed)
    report(book, state_machine, placed, "token")
    running = book.get(placed)
    run_step(book, {"action": "compensate", "order_id": placed})

    with pytest.raises(Moved):
        book.table.move(running, Status.FULFILLED)
    with pytest.raises(FulfilmentFailed):
        report(book, state_machine, placed, "token")
    assert book.get(placed).status is Status.FAILED
    assert _available(dynamodb) == 1000


def test_a_task_of_a_cancelled_order_reports_a_failure(book, placed, state_machine):
    book.cancel(placed)

    with pytest.raises(FulfilmentFailed):
        report(book, state_machine, placed, "token")
    [failure] = state_machine.failures
    assert failure == {
        "taskToken": "token",
        "error": "FulfilmentFailed",
        "cause": f"FulfilmentFailed: order {placed} is CANCELLED",
    }


def test_a_task_that_was_interrupted_says_that_another_try_is_worth_it(book, placed, state_machine, monkeypatch):
    def fail(_: str) -> None:
        raise ConnectionError("the table")

    monkeypatch.setattr(book.table, "get", fail)

    with pytest.raises(ConnectionError):
        report(book, state_machine, placed, "token")
    assert [failure["error"] for failure in state_machine.failures] == ["FulfilmentInterrupted"]


@pytest.mark.parametrize("missing", ["TABLE_NAME", "ORDER_ID", "TASK_TOKEN"])
def test_a_task_without_what_it_needs_says_so(missing):
    environment = {"TABLE_NAME": "orders", "ORDER_ID": "ord_1", "TASK_TOKEN": "token"}
    del environment[missing]

    with pytest.raises(SettingsError, match=f"{missing} is not set: it names .*; set it"):
        run_fulfil_task(environment)


def test_attributes_that_the_api_does_not_show_are_passed_over(book, dynamodb, placed):
    item = to_item(book.get(placed)) | {"trace": {"S": "Root=1"}, "added_later": {"BOOL": True}}
    dynamodb.put_item(TableName="orders", Item=item)

    assert book.get(placed).id == placed


def _available(dynamodb) -> int:
    item = dynamodb.get_item(TableName="orders", Key={"id": {"S": "stock#tea"}}).get("Item")
    return int(item["available"]["N"]) if item else 1000
