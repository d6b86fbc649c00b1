"""Identifiers that sort by time and cannot be guessed."""

import secrets
import time
from datetime import UTC, datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_order_id() -> str:
    """`ord_` and a ULID: 48 bits of milliseconds, 80 random bits, in Crockford's base 32."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "ord_" + "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def shipment_of(order_id: str) -> str:
    """The one shipment an order can have: delivered twice, a task names the same."""
    return "shp_" + order_id.removeprefix("ord_")


def now() -> str:
    """The present as RFC 3339 in UTC with milliseconds, so that text order is time order."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
