"""Repairs of the workflow: which execution is started, redriven or left alone."""

from datetime import UTC, datetime, timedelta

import pytest

from deployment.workflow.dead_letters import DeadLetter, PlacedOrder, parse
from deployment.workflow.decisions import Action, decide_expired, decide_redrive, decide_replay
from deployment.workflow.executions import ExecutionState
from deployment.workflow.orders import Order
from deployment.workflow.workflow_tables import age
from tests.unit.deployment.workflow_account import ORDER, message_body

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LETTER = DeadLetter(
    id="0a1b2c3d-0000-1111-2222-333344445555",
    receipt="r",
    stream="s",
    shard="shardId-1",
    first="1",
    last="1",
    arrived_at=NOW,
)


def order(status: str = "PLACED", execution: str = "", placed_at: datetime = NOW, order_id: str = ORDER) -> Order:
    return Order(id=order_id, status=status, placed_at=placed_at, execution=execution)


class TestReplay:
    def test_an_order_without_an_execution_is_started_in_its_trace(self) -> None:
        [repair] = decide_replay(LETTER, [PlacedOrder(id=ORDER, trace="Root=1")], {ORDER: order()}).repairs
        assert (repair.action, repair.more_input) == (Action.START, {"trace": "Root=1"})

    def test_the_name_is_the_same_at_the_next_attempt_and_fits(self) -> None:
        names = {
            decide_replay(LETTER, [PlacedOrder(id=ORDER, trace="")], {ORDER: order()}).repairs[0].execution
            for _ in range(2)
        }
        [name] = names
        assert name == f"{ORDER}-replay-{LETTER.id}"
        assert len(name) <= 80

    @pytest.mark.parametrize(
        ("found", "reason"),
        [
            (None, "not in the table"),
            (order("FULFILLED", "e"), "is FULFILLED"),
            (order("CANCELLED"), "is CANCELLED"),
            (order("CHECKED", "e"), "has an execution"),
        ],
    )
    def test_other_orders_are_left_alone(self, found: Order | None, reason: str) -> None:
        orders = {ORDER: found} if found else {}
        [repair] = decide_replay(LETTER, [PlacedOrder(id=ORDER, trace="")], orders).repairs
        assert (repair.action, repair.reason, repair.execution) == (Action.NOTHING, reason, "")


class TestExpiredRecords:
    def test_orders_without_an_execution_that_are_older_than_the_record_are_started(self) -> None:
        later = NOW + timedelta(hours=1)
        orders = [
            order(order_id="old"),
            order(order_id="owned", execution="e"),
            order("CHECKED", "e", order_id="checked"),
            order(order_id="younger", placed_at=later),
        ]
        repairs = decide_expired(LETTER, orders).repairs
        assert [(each.order_id, each.action) for each in repairs] == [("old", Action.START)]


class TestRedrive:
    def test_a_running_execution_is_left_alone(self) -> None:
        repair = decide_redrive(order(execution="e"), ExecutionState(status="RUNNING"))
        assert repair.action is Action.NOTHING

    @pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
    def test_an_ended_execution_is_redriven(self, status: str) -> None:
        repair = decide_redrive(order(execution="e"), ExecutionState(status=status, is_redrivable=True))
        assert (repair.action, repair.execution, repair.takes_over) == (Action.REDRIVE, "e", "")

    @pytest.mark.parametrize("status", ["FAILED", "SUCCEEDED", "UNKNOWN"])
    def test_where_it_cannot_be_redriven_another_takes_over(self, status: str) -> None:
        repair = decide_redrive(order(execution="e"), ExecutionState(status=status))
        assert (repair.action, repair.more_input) == (Action.START, {"takes_over": "e"})
        assert repair.execution.startswith(f"{ORDER}-redrive-")
        assert repair == decide_redrive(order(execution="e"), ExecutionState(status=status))
        assert repair.execution != decide_redrive(order(execution="f"), ExecutionState(status=status)).execution


class TestMessages:
    def test_a_message_of_the_pipe_is_parsed(self) -> None:
        letter = parse({"MessageId": "m", "ReceiptHandle": "r", "Body": message_body("arn", "shardId-1", "007")})
        assert letter is not None
        assert (letter.stream, letter.shard, letter.first, letter.last) == ("arn", "shardId-1", "007", "007")

    @pytest.mark.parametrize("body", ["", "hello", "[]", "{}", '{"DDBStreamBatchInfo": {"shardId": "x"}}', "null", "7"])
    def test_other_messages_are_not(self, body: str) -> None:
        assert parse({"MessageId": "m", "ReceiptHandle": "r", "Body": body}) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (40, "40 s"), (720, "12 min"), (11_100, "3 h 5 min"), (187_200, "2 d 4 h")],
)
def test_ages_are_formatted(seconds: int, text: str) -> None:
    assert age(timedelta(seconds=seconds)) == text
