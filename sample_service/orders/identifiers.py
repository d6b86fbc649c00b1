"""Identifiers that sort by time and cannot be guessed."""

import re
import secrets
import time
from datetime import UTC, datetime

# The end of a text, in Python and in ECMAScript (as JSON Schema has it): Python's $ alone lets a newline come after it.
END = r"$(?!\n)"
ORDER_ID = rf"^ord_[0-9a-f]{{32}}{END}"


def new_order_id() -> str:
    """`ord_`, 48 bits of milliseconds and 80 random bits, in hexadecimal: 36 characters."""
    return f"ord_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def is_order_id(text: str) -> bool:
    """Whether a text could be the id of an order; DynamoDB refuses some that could not."""
    return re.fullmatch(ORDER_ID, text) is not None


def shipment_of(order_id: str) -> str:
    """The one shipment an order can have: delivered twice, a task names the same."""
    return "shp_" + order_id.removeprefix("ord_")


def now() -> str:
    """The present as RFC 3339 in UTC with milliseconds, so that text order is time order."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
