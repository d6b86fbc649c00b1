"""Following orders to their ends: bounded, and given up early when nothing moves any more."""

import time
from collections import Counter
from collections.abc import Callable, Mapping

ENDS = frozenset({"FULFILLED", "REJECTED", "FAILED", "CANCELLED"})
WITHIN_S = 90.0
STALLED_AFTER_S = 15.0
POLL_S = 0.3

Items = dict[str, dict[str, str]]


def follow(
    read: Callable[[], Items],
    orders: int,
    on_progress: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Items:
    """Read the orders' items until all are at an end, or none has moved for a while, and return what was read last."""
    started = moved = clock()
    seen: Items = {}
    while True:
        items = read()
        now = clock()
        if items != seen:
            seen, moved = items, now
            on_progress(tally(items))
        if len(items) == orders and all(item.get("status") in ENDS for item in items.values()):
            return items
        if now - moved > STALLED_AFTER_S or now - started > WITHIN_S:
            return items
        sleep(POLL_S)


def tally(items: Mapping[str, Mapping[str, str]]) -> str:
    """Return how many orders are where: "11 FULFILLED, 1 REJECTED"."""
    counts = Counter(item.get("status", "unknown") for item in items.values())
    return ", ".join(f"{count} {status}" for status, count in counts.most_common())
