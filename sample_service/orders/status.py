"""The life of an order: one table of allowed moves, and nothing moves otherwise."""

from enum import StrEnum


class Status(StrEnum):
    """Where an order stands."""

    PLACED = "PLACED"
    CHECKED = "CHECKED"
    FULFILLING = "FULFILLING"
    FULFILLED = "FULFILLED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


MOVES: dict[Status, frozenset[Status]] = {
    Status.PLACED: frozenset({Status.CHECKED, Status.REJECTED, Status.CANCELLED, Status.FAILED}),
    Status.CHECKED: frozenset({Status.FULFILLING, Status.CANCELLED, Status.FAILED}),
    Status.FULFILLING: frozenset({Status.FULFILLED, Status.FAILED}),
    Status.FULFILLED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.FAILED: frozenset(),
}

HOLDS_STOCK = frozenset({Status.CHECKED, Status.FULFILLING})


def may_move(origin: Status, target: Status) -> bool:
    """Whether an order may go from one status to another."""
    return target in MOVES[origin]


def origins_of(target: Status) -> list[Status]:
    """Every status from which an order may reach the given one, in the order of an order's life."""
    return [origin for origin, targets in MOVES.items() if target in targets]
