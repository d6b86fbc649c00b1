"""The stream of orders has its mix, and its ordinary orders are always in stock."""

from collections import Counter

from deployment.load.order_stream import INITIAL_STOCK, Kind, plan

TARGETS = ("one", "two", "three")


def test_every_hundred_orders_have_the_same_mix():
    orders = list(plan(1000, TARGETS, run="run"))
    for start in range(0, 1000, 100):
        kinds = Counter(order.kind for order in orders[start : start + 100])
        assert kinds == {Kind.ORDINARY: 70, Kind.SCARCE: 20, Kind.CANCELLED: 10}
    assert Counter(order.target for order in orders).keys() == set(TARGETS)
    assert len({order.customer for order in orders}) == len({order.key for order in orders}) == 1000


def test_ordinary_orders_are_in_stock_in_the_full_load():
    demanded: Counter[str] = Counter()
    for order in plan(10_000, TARGETS, run="run"):
        if order.kind is not Kind.SCARCE:
            demanded.update(order.lines)
    assert max(demanded.values()) <= INITIAL_STOCK


def test_scarce_orders_exceed_the_stock():
    demanded: Counter[str] = Counter()
    for order in plan(200, TARGETS, run="run"):
        if order.kind is Kind.SCARCE:
            demanded.update(order.lines)
    assert len(demanded) == 2
    assert min(demanded.values()) > 2 * INITIAL_STOCK
