"""The statuses of an order and the allowed transitions."""

from enum import StrEnum


class Status(StrEnum):
    """Status of an order."""

    PLACED = "PLACED"
    CHECKED = "CHECKED"
    FULFILLING = "FULFILLING"
    FULFILLED = "FULFILLED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PLACED: frozenset({Status.CHECKED, Status.REJECTED, Status.CANCELLED, Status.FAILED}),
    Status.CHECKED: frozenset({Status.FULFILLING, Status.CANCELLED, Status.FAILED}),
    # The point of no return: the goods may have left, so the order only moves forward from here.
    Status.FULFILLING: frozenset({Status.FULFILLED}),
    Status.FULFILLED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.FAILED: frozenset(),
}

FINAL = frozenset(status for status, targets in TRANSITIONS.items() if not targets)
RESERVES_STOCK = frozenset({Status.CHECKED, Status.FULFILLING})


def stored_status(text: str) -> Status:
    """Return the status with a stored value; one that this version does not know has no transitions."""
    try:
        return Status(text)
    except ValueError:
        unknown = str.__new__(Status, text)
        unknown._name_ = unknown._value_ = text
        return unknown


def can_transition(origin: Status, target: Status) -> bool:
    """Whether a transition is allowed."""
    return target in TRANSITIONS.get(origin, frozenset())


def statuses_before(target: Status) -> list[Status]:
    """Return the statuses that have a transition to `target`, in the order of the life cycle."""
    return [origin for origin, targets in TRANSITIONS.items() if target in targets]
