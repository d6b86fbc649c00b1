"""Properties of every interleaving of executions, late tasks, timeouts, duplicates, crashes and takeovers.

An order is shipped at most once, and never failed or cancelled after that. Only its owner starts its fulfilment, or
fails it after its check. The stock is the initial stock without what is reserved or shipped. Once the faults stop,
every order ends, and every slot is free.
"""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from orders.executions import Executions
from orders.identifiers import shipment_id
from orders.model import Line, NewOrder
from orders.order_service import InvalidTransition, OrderService
from orders.reconciler import OpenOrder, Reconciler, Report
from orders.slots import Slots
from orders.status import FINAL, RESERVES_STOCK, TRANSITIONS, Status, can_transition
from orders.stock import DEFAULT_STOCK
from orders.table import OrdersTable

from tests.unit.sample_service.conftest import empty
from tests.unit.workflow.model import Crash, Execution, FaultyClient, States, StepFunctions, Workflow

CRASH_AT = st.sampled_from([None, None, None, 1, 2])
# A cancelled order has few further interleavings: most are not.
MEANWHILE = st.sampled_from([*["nothing"] * 5, *["take over"] * 3, "cancel"])
ARN = "arn:aws:states:us-east-1:111111111111:stateMachine:Orders"
AFTER_S = 600.0
MAX_OPEN_ORDERS = 2
CANCELLED_AFTER = 4  # executions


class Interleavings(RuleBasedStateMachine):
    """Each rule makes one step of one participant."""

    client: Any
    states: States

    @initialize()
    def start(self) -> None:
        self.faulty = FaultyClient(self.client)
        self.service = OrderService(OrdersTable("orders", self.faulty))
        self.workflow = Workflow(self.service, self.faulty, self.states)
        executions = Executions(ARN, StepFunctions(self.workflow))
        slots = Slots("slots", self.faulty)
        self.reconciler = Reconciler(table=self.service.table, slots=slots, executions=executions, after_s=AFTER_S)
        self.seen: dict[str, Status] = {}
        self.quantities: dict[str, int] = {}
        self.runs = self.cancellations = 0

    def _open_orders(self) -> list[str]:
        return [order_id for order_id, status in self.seen.items() if status not in FINAL]

    @precondition(lambda self: len(self._open_orders()) < MAX_OPEN_ORDERS)
    @rule(quantity=st.sampled_from([1, 400, 700]))
    def place(self, quantity: int) -> None:
        order = self.service.place(NewOrder("c-42", "EUR", [Line("tea", quantity, 1)]))
        self.seen[order.id], self.quantities[order.id] = order.status, quantity

    @precondition(lambda self: self._open_orders())
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """The pipe delivers the event of an order, for the first time or again."""
        self.workflow.start(data.draw(st.sampled_from(self._open_orders())))

    @precondition(lambda self: self._running())
    @rule(
        data=st.data(),
        steps=st.integers(0, 8),
        fate=st.sampled_from(["reports", "reports", "report is lost", "times out", "waits"]),
        gives_up=st.booleans(),
        crash_at=CRASH_AT,
        effect=st.booleans(),
        meanwhile=MEANWHILE,
    )
    def advance(
        self,
        data: st.DataObject,
        steps: int,
        fate: str,
        gives_up: bool,
        crash_at: int | None,
        effect: bool,
        meanwhile: str,
    ) -> None:
        """Run some states of an execution, with its task; the last one meets the faults."""
        execution = data.draw(st.sampled_from(self._running()))
        for _ in range(steps):
            if execution.is_running:
                self._step(execution, fate)
        if execution.is_running:
            self.faulty.behave(crash_at, effect, lambda: self._happen(meanwhile, execution))
            self.workflow.advance(execution, gives_up=gives_up)
            self.faulty.behave()

    def _step(self, execution: Execution, fate: str) -> None:
        if not execution.token:
            self.workflow.advance(execution, gives_up=False)
        elif fate != "waits":
            [task] = [task for task in self.workflow.tasks if task.token == execution.token]
            if fate != "times out":
                self.workflow.run_task(task, report_is_lost=fate == "report is lost")
            if fate != "reports":
                self.workflow.time_out(execution)

    @precondition(lambda self: self.workflow.tasks)
    @rule(
        data=st.data(),
        crash_at=CRASH_AT,
        effect=st.booleans(),
        meanwhile=MEANWHILE,
        report_is_lost=st.booleans(),
    )
    def run_task(
        self, data: st.DataObject, crash_at: int | None, effect: bool, meanwhile: str, report_is_lost: bool
    ) -> None:
        """A task runs, again and again: the pool keeps it, as if it had been delayed."""
        task = data.draw(st.sampled_from(self.workflow.tasks))
        self.faulty.behave(crash_at, effect, lambda: self._happen(meanwhile, task.execution))
        self.workflow.run_task(task, report_is_lost=report_is_lost)
        self.faulty.behave()

    def _happen(self, event: str, execution: Execution) -> None:
        """Change an order between a read and a write of its step."""
        if event == "cancel":
            with suppress(InvalidTransition):
                self.service.cancel(execution.order_id)
        if event == "take over":
            execution.end("ABORTED")
            self.runs += 1
            known = len(self.workflow.executions)
            self.reconciler.run(self._time(), Report())
            for started in self.workflow.executions[known:]:
                self.workflow.advance(started, gives_up=False)

    def _time(self) -> datetime:
        """Return the time of the reconciler's run: so late that it restarts each order again."""
        return datetime.now(UTC) + timedelta(seconds=AFTER_S * 2 ** min(self.runs, 25))

    @precondition(lambda self: self._running())
    @rule(data=st.data())
    def abort(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self._running())).end("ABORTED")

    @precondition(lambda self: self._redrivable())
    @rule(data=st.data())
    def redrive(self, data: st.DataObject) -> None:
        execution = data.draw(st.sampled_from(self._redrivable()))
        execution.status, execution.token = "RUNNING", ""

    @precondition(lambda self: len(self.workflow.executions) > CANCELLED_AFTER * (self.cancellations + 1))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.cancellations += 1
        order_id = data.draw(st.sampled_from(list(self.seen)))
        before = self.service.get(order_id).status
        try:
            self.service.cancel(order_id)
        except InvalidTransition:
            assert not can_transition(before, Status.CANCELLED)

    @precondition(lambda self: self.seen and self.runs < 20)
    @rule(crash_at=st.sampled_from([None, None, 1]), effect=st.booleans())
    def reconcile(self, crash_at: int | None = None, effect: bool = False) -> None:
        self.faulty.behave(crash_at, effect)
        self.runs += 1
        with suppress(Crash):
            self.reconciler.run(self._time(), Report())
        self.faulty.behave()

    @invariant()
    def only_allowed_transitions_occur_and_stock_is_constant(self) -> None:
        if not hasattr(self, "seen"):
            return
        items = {item["id"]["S"]: item for item in self.client.scan(TableName="orders")["Items"]}
        held = 0
        for order_id, before in self.seen.items():
            now = Status(items[order_id]["status"]["S"])
            assert reaches(before, now), f"{before} -> {now}"
            assert (now in FINAL) == ("open" not in items[order_id])
            is_shipped = shipment_id(order_id) in items
            assert not is_shipped or now in (Status.FULFILLING, Status.FULFILLED), f"shipped and {now}"
            assert is_shipped or now is not Status.FULFILLED
            self.seen[order_id] = now
            held += self.quantities[order_id] if now in {*RESERVES_STOCK, Status.FULFILLED} else 0
        stock = items.get("stock#tea", {"available": {"N": DEFAULT_STOCK}})
        assert int(stock["available"]["N"]) == DEFAULT_STOCK - held >= 0
        assert self.faulty.foreign == []
        assert max(Counter(self.faulty.hand_overs).values(), default=0) <= 1

    def teardown(self) -> None:
        """Without further faults, the reconciler ends every order."""
        try:
            if hasattr(self, "seen"):
                self._end_everything()
                self.only_allowed_transitions_occur_and_stock_is_constant()
        finally:
            empty(self.client)
            self.client.delete_item(TableName="slots", Key={"id": {"S": "fulfilment"}})

    def _end_everything(self) -> None:
        for _ in range(3):
            self.reconcile()
            while running := self._running():
                for execution in running:
                    self.workflow.advance(execution, gives_up=False)
                    for task in self.workflow.tasks:
                        if task.token == execution.token and execution.state == "Fulfil order":
                            self.workflow.run_task(task, report_is_lost=False)
        assert {self.service.get(order_id).status for order_id in self.seen} <= FINAL
        self.reconcile()
        assert self.reconciler.slots.holders() == []

    def _running(self) -> list[Any]:
        return [execution for execution in self.workflow.executions if execution.is_running]

    def _redrivable(self) -> list[Any]:
        return [one for one in self.workflow.executions if one.status in ("FAILED", "ABORTED")]


def reaches(before: Status, now: Status) -> bool:
    """Whether allowed transitions lead from one status to another; a rule can make several."""
    return before is now or any(reaches(between, now) for between in TRANSITIONS[before])


@pytest.fixture
def slots_table(dynamodb):
    dynamodb.create_table(
        TableName="slots",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    yield dynamodb
    dynamodb.delete_table(TableName="slots")


class InOrder:
    """In place of `random`: hypothesis repeats a sequence of rules, and IDs of orders are random."""

    @staticmethod
    def sample(orders: list[OpenOrder], number: int) -> list[OpenOrder]:
        return sorted(orders, key=lambda order: -order.age_s)[:number]


def test_no_interleaving_loses_doubles_or_undoes_an_order(slots_table, tasks: States, monkeypatch) -> None:
    monkeypatch.setattr("orders.reconciler.random", InOrder)

    class Found(Interleavings):
        client = slots_table
        states = tasks

    Found.TestCase.settings = settings(
        max_examples=60,
        stateful_step_count=40,
        report_multiple_bugs=False,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    Found.TestCase().runTest()
