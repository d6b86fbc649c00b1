"""Identifiers that sort by time and are hard to guess, and timestamps."""

import re
import secrets
import time
from datetime import UTC, datetime

# End of text in Python and in ECMAScript (JSON Schema): Python's $ also matches before a final newline.
END = r"$(?!\n)"
ORDER_ID = rf"^ord_[0-9a-f]{{32}}{END}"


def new_order_id() -> str:
    """Return `ord_` and 32 hexadecimal digits: 48 bits of milliseconds and 80 random bits."""
    return f"ord_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def is_order_id(text: str) -> bool:
    """Whether a text has the format of an order ID; DynamoDB rejects some that do not."""
    return re.fullmatch(ORDER_ID, text) is not None


def shipment_id(order_id: str) -> str:
    """Return the shipment ID of an order; the same for every repetition of a task.

    Pass it to a carrier as idempotency key.
    """
    return "shp_" + order_id.removeprefix("ord_")


def now() -> str:
    """Return the current time as RFC 3339 in UTC with milliseconds, which sorts as text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_since(timestamp: str, moment: datetime) -> float:
    """Return the seconds from a timestamp of `now` to a moment."""
    return (moment - datetime.fromisoformat(timestamp)).total_seconds()
