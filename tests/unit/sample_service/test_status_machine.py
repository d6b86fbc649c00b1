"""For any sequence of requests and steps, only allowed transitions occur, and stock plus reservations is constant."""

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from orders.model import Line, NewOrder
from orders.order_service import InvalidTransition, OrderService
from orders.status import RESERVES_STOCK, TRANSITIONS, Status, can_transition, statuses_before
from orders.stock import DEFAULT_STOCK
from orders.workflow import FulfilmentFailed, fulfil, run_step

from tests.unit.sample_service.conftest import empty

SKUS = ("mug", "tea")
KEPT_OFF_THE_SHELF = RESERVES_STOCK | {Status.FULFILLED}


def test_every_status_is_reachable_and_reaches_a_final_status():
    assert all(statuses_before(status) for status in Status if status is not Status.PLACED)
    assert {status for status in Status if not TRANSITIONS[status]} == {
        Status.FULFILLED,
        Status.REJECTED,
        Status.CANCELLED,
        Status.FAILED,
    }


def test_every_status_that_can_fail_has_a_transition_to_failed():
    assert statuses_before(Status.FAILED) == [Status.PLACED, Status.CHECKED, Status.FULFILLING]


def test_an_order_above_stock_is_rejected_with_a_reason_and_reserves_nothing(service):
    order = service.place(_new(tea=5000, mug=1))
    response = run_step(service, {"action": "check", "order_id": order.id})

    assert response["decision"] == "REJECTED"
    assert response["reason"] == "out of stock: tea, 1000 available, 5000 ordered"
    assert run_step(service, {"action": "check", "order_id": order.id}) == response
    assert service.check(service.place(_new(mug=1000)).id).status is Status.CHECKED


def test_two_lines_of_one_sku_are_reserved_together(service):
    lines = [Line("tea", 600, 1), Line("tea", 600, 1)]
    order = service.check(service.place(NewOrder("c-42", "EUR", lines)).id)

    assert order.reason == "out of stock: tea, 1000 available, 1200 ordered"


class OrderLifecycles(RuleBasedStateMachine):
    """Calls the service and the steps, and compares them with a model of the business rules."""

    service: OrderService
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Status] = {}
        self.quantities: dict[str, Counter[str]] = {}

    def teardown(self) -> None:
        empty(self.service.table._client)

    @rule(target=orders, tea=st.integers(0, 700), mug=st.integers(1, 700), key=st.sampled_from(["", "k1", "k2"]))
    def place(self, tea: int, mug: int, key: str):
        new = _new(tea=tea, mug=mug)
        order = self.service.place(new, key=key and f"{key}-{tea}-{mug}")
        if order.id not in self.seen:
            self.seen[order.id] = Status.PLACED
            self.quantities[order.id] = Counter({line.sku: line.quantity for line in new.lines})
        return order.id

    @rule(order_id=orders)
    def check(self, order_id: str) -> None:
        before = self.service.get(order_id).status
        decision = run_step(self.service, {"action": "check", "order_id": order_id})["decision"]
        after = self.service.get(order_id).status
        if before is Status.PLACED:
            assert (decision, after) in [("ACCEPTED", Status.CHECKED), ("REJECTED", Status.REJECTED)]
        else:
            assert after is before

    @rule(order_id=orders)
    def fulfil(self, order_id: str) -> None:
        before = self.service.get(order_id).status
        try:
            assert fulfil(self.service, order_id)["shipment"] == order_id.replace("ord_", "shp_")
        except FulfilmentFailed:
            assert self.service.get(order_id).status is before
        else:
            assert before in (Status.CHECKED, Status.FULFILLING, Status.FULFILLED)

    @rule(order_id=orders)
    def record_fulfilment(self, order_id: str) -> None:
        order = self.service.get(order_id)
        if order.status is Status.FULFILLING:
            self.service.table.transition(order, Status.FULFILLED)

    @rule(order_id=orders)
    def cancel(self, order_id: str) -> None:
        before = self.service.get(order_id).status
        try:
            assert self.service.cancel(order_id).status is Status.CANCELLED
        except InvalidTransition:
            assert not can_transition(before, Status.CANCELLED)

    @rule(order_id=orders)
    def compensate(self, order_id: str) -> None:
        before = self.service.get(order_id).status
        status = run_step(self.service, {"action": "compensate", "order_id": order_id})["status"]
        assert status == (Status.FAILED if can_transition(before, Status.FAILED) else before)

    @invariant()
    def only_allowed_transitions_occur_and_stock_is_constant(self) -> None:
        items = {item["id"]["S"]: item for item in self.service.table._client.scan(TableName="orders")["Items"]}
        held: Counter[str] = Counter()
        for order_id, before in self.seen.items():
            now = Status(items[order_id]["status"]["S"])
            assert now is before or can_transition(before, now)
            self.seen[order_id] = now
            if now in KEPT_OFF_THE_SHELF:
                held += self.quantities[order_id]
        for sku in SKUS:
            counted = items.get(f"stock#{sku}", {"available": {"N": DEFAULT_STOCK}})
            assert int(counted["available"]["N"]) == DEFAULT_STOCK - held[sku] >= 0


def test_random_sequences_of_operations(service):
    class Lifecycles(OrderLifecycles):
        pass

    Lifecycles.service = service
    Lifecycles.TestCase.settings = settings(
        max_examples=15,
        stateful_step_count=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    Lifecycles.TestCase().runTest()


def _new(**quantities: int) -> NewOrder:
    return NewOrder("c-42", "EUR", [Line(sku, quantity, 1) for sku, quantity in quantities.items() if quantity])
