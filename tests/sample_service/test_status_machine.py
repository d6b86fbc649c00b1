"""Whatever clients, workflow and redelivery do to an order: its status moves along allowed edges only,
and stock is what was there less what live orders hold."""

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from orders.book import NotAllowed, OrderBook
from orders.model import Line, NewOrder
from orders.status import HOLDS_STOCK, MOVES, Status, may_move, origins_of
from orders.stock import DEFAULT_STOCK
from orders.workflow import FulfilmentFailed, fulfil, run_step

from tests.sample_service.conftest import empty

SKUS = ("mug", "tea")
KEPT_OFF_THE_SHELF = HOLDS_STOCK | {Status.FULFILLED}


def test_every_status_can_be_reached_and_every_life_can_end():
    assert all(origins_of(status) for status in Status if status is not Status.PLACED)
    assert {status for status in Status if not MOVES[status]} == {
        Status.FULFILLED,
        Status.REJECTED,
        Status.CANCELLED,
        Status.FAILED,
    }


def test_whatever_can_go_wrong_technically_ends_failed():
    assert origins_of(Status.FAILED) == [Status.PLACED, Status.CHECKED, Status.FULFILLING]


def test_an_order_above_stock_is_rejected_with_a_reason_and_takes_nothing(book):
    order = book.place(_new(tea=5000, mug=1))
    answer = run_step(book, {"action": "check", "order_id": order.id})

    assert answer["decision"] == "REJECTED"
    assert answer["reason"] == "out of stock: tea, 1000 available, 5000 ordered"
    assert run_step(book, {"action": "check", "order_id": order.id}) == answer
    assert book.check(book.place(_new(mug=1000)).id).status is Status.CHECKED


def test_two_lines_of_one_sku_are_taken_together(book):
    lines = [Line("tea", 600, 1), Line("tea", 600, 1)]
    order = book.check(book.place(NewOrder("c-42", "EUR", lines)).id)

    assert order.reason == "out of stock: tea, 1000 available, 1200 ordered"


class OrdersLives(RuleBasedStateMachine):
    """Drives the book and the steps; the model is only what the rules of the business say."""

    book: OrderBook
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Status] = {}
        self.quantities: dict[str, Counter[str]] = {}

    def teardown(self) -> None:
        empty(self.book.table._client)

    @rule(target=orders, tea=st.integers(0, 700), mug=st.integers(1, 700), key=st.sampled_from(["", "k1", "k2"]))
    def place(self, tea: int, mug: int, key: str):
        new = _new(tea=tea, mug=mug)
        order = self.book.place(new, key=key and f"{key}-{tea}-{mug}")
        if order.id not in self.seen:
            self.seen[order.id] = Status.PLACED
            self.quantities[order.id] = Counter({line.sku: line.quantity for line in new.lines})
        return order.id

    @rule(order_id=orders)
    def check(self, order_id: str) -> None:
        before = self.book.get(order_id).status
        decision = run_step(self.book, {"action": "check", "order_id": order_id})["decision"]
        after = self.book.get(order_id).status
        if before is Status.PLACED:
            assert (decision, after) in [("ACCEPTED", Status.CHECKED), ("REJECTED", Status.REJECTED)]
        else:
            assert after is before

    @rule(order_id=orders)
    def fulfil(self, order_id: str) -> None:
        before = self.book.get(order_id).status
        try:
            assert fulfil(self.book, order_id)["shipment"] == order_id.replace("ord_", "shp_")
        except FulfilmentFailed:
            assert self.book.get(order_id).status is before
        else:
            assert before in (Status.CHECKED, Status.FULFILLING, Status.FULFILLED)

    @rule(order_id=orders)
    def record_fulfilment(self, order_id: str) -> None:
        order = self.book.get(order_id)
        if order.status is Status.FULFILLING:
            self.book.table.move(order, Status.FULFILLED)

    @rule(order_id=orders)
    def cancel(self, order_id: str) -> None:
        before = self.book.get(order_id).status
        try:
            assert self.book.cancel(order_id).status is Status.CANCELLED
        except NotAllowed:
            assert not may_move(before, Status.CANCELLED)

    @rule(order_id=orders)
    def compensate(self, order_id: str) -> None:
        before = self.book.get(order_id).status
        status = run_step(self.book, {"action": "compensate", "order_id": order_id})["status"]
        assert status == (Status.FAILED if may_move(before, Status.FAILED) else before)

    @invariant()
    def statuses_move_along_edges_and_stock_is_neither_lost_nor_made(self) -> None:
        items = {item["id"]["S"]: item for item in self.book.table._client.scan(TableName="orders")["Items"]}
        held: Counter[str] = Counter()
        for order_id, before in self.seen.items():
            now = Status(items[order_id]["status"]["S"])
            assert now is before or may_move(before, now)
            self.seen[order_id] = now
            if now in KEPT_OFF_THE_SHELF:
                held += self.quantities[order_id]
        for sku in SKUS:
            counted = items.get(f"stock#{sku}", {"available": {"N": DEFAULT_STOCK}})
            assert int(counted["available"]["N"]) == DEFAULT_STOCK - held[sku] >= 0


def test_lives_of_orders(book):
    class Lives(OrdersLives):
        pass

    Lives.book = book
    Lives.TestCase.settings = settings(
        max_examples=15,
        stateful_step_count=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    Lives.TestCase().runTest()


def _new(**quantities: int) -> NewOrder:
    return NewOrder("c-42", "EUR", [Line(sku, quantity, 1) for sku, quantity in quantities.items() if quantity])
