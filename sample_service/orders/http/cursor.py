"""Opaque cursors: where a page ended, readable only as the start of the next page of the same customer."""

import base64
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from orders.faults import Faulty
from orders.identifiers import END
from orders.items import Item
from orders.model import Fault, OrderId


class _Position(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    id: OrderId
    placed_at: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z" + END)]


_decoder = msgspec.json.Decoder(_Position)


def write_cursor(key: Item) -> str:
    """Make a cursor of the key that a page ended with; the customer is left out, for it comes with each request."""
    position = _Position(key["id"]["S"], key["placed_at"]["S"])
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def read_cursor(cursor: str, customer: str) -> Item:
    """Turn a cursor back into the key it was made of.

    Raises:
        Faulty: it was not made here.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = _decoder.decode(text)
    except ValueError:  # as base64 and msgspec raise it
        raise Faulty(
            Fault(field="cursor", wrong="is not a cursor", allowed="next_cursor of an earlier page, unchanged")
        ) from None
    return {"id": {"S": position.id}, "placed_at": {"S": position.placed_at}, "customer": {"S": customer}}
