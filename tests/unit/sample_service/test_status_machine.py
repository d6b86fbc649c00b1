"""The life cycle of an order, and its stock; `tests/unit/workflow` tests sequences and interleavings."""

from orders.model import Line, NewOrder
from orders.status import RESERVES_STOCK, TRANSITIONS, Status, statuses_before
from orders.workflow import run_step

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


def test_an_order_can_fail_only_before_its_fulfilment():
    assert statuses_before(Status.FAILED) == [Status.PLACED, Status.CHECKED]


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


def _new(**quantities: int) -> NewOrder:
    return NewOrder("c-42", "EUR", [Line(sku, quantity, 1) for sku, quantity in quantities.items() if quantity])
