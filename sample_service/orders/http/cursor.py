"""Opaque cursors for pagination; each is valid for one customer only."""

import base64
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from orders.identifiers import END
from orders.items import Item
from orders.model import Fault, OrderId
from orders.validation import ValidationError


class _Position(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    id: OrderId
    placed_at: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z" + END)]


_decoder = msgspec.json.Decoder(_Position)


def encode_cursor(key: Item) -> str:
    """Encode the last key of a page, without the customer, whom each request names."""
    position = _Position(key["id"]["S"], key["placed_at"]["S"])
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str, customer: str) -> Item:
    """Decode a cursor to a key.

    Raises:
        ValidationError: it is not a cursor of this API.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = _decoder.decode(text)
    except ValueError:  # of base64 and msgspec
        raise ValidationError(
            Fault(field="cursor", wrong="is not a cursor", allowed="next_cursor of the previous page, unchanged")
        ) from None
    return {"id": {"S": position.id}, "placed_at": {"S": position.placed_at}, "customer": {"S": customer}}
