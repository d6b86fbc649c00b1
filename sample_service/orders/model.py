"""The words of the API. The OpenAPI document, the validation and its messages all come from these types."""

from typing import Annotated

from msgspec import Meta, Struct

from orders.currencies import CurrencyCode
from orders.identifiers import END, ORDER_ID
from orders.status import Status

Customer = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._@+-]{1,64}" + END,
        description="1 to 64 letters, digits or any of . _ @ + -",
        examples=["c-42"],
    ),
]
Sku = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._-]{1,64}" + END,
        description="1 to 64 letters, digits or any of . _ -",
        examples=["tea-250g"],
    ),
]
Quantity = Annotated[int, Meta(ge=1, le=100_000, description="a whole number from 1 to 100000", examples=[2])]
MinorUnits = Annotated[
    int,
    Meta(
        ge=0, le=1_000_000_000, description="a whole number of minor units (cents) from 0 to 1000000000", examples=[450]
    ),
]
Currency = Annotated[CurrencyCode, Meta(description="an ISO 4217 code of an active currency", examples=["EUR"])]
OrderId = Annotated[str, Meta(pattern=ORDER_ID, description="ord_ and 32 hexadecimal digits")]


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of one thing, at a price each."""

    sku: Sku
    quantity: Quantity
    unit_price_minor: MinorUnits


Lines = Annotated[list[Line], Meta(min_length=1, max_length=50, description="1 to 50 lines")]


class NewOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer asks for."""

    customer: Customer
    currency: Currency
    lines: Lines


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as stored and as shown."""

    id: OrderId
    status: Status
    customer: Customer
    currency: Currency
    lines: Lines
    total_minor: Annotated[int, Meta(ge=0, description="the sum of all lines in minor units")]
    placed_at: Annotated[str, Meta(description="RFC 3339, UTC, milliseconds", examples=["2026-11-24T11:13:55.120Z"])]
    reason: Annotated[str, Meta(description="why it was rejected or failed")] = ""
    shipment: Annotated[str, Meta(description="the shipment that fulfils it", examples=["shp_019ab5b7e1d0"])] = ""


class OrderPage(Struct, frozen=True, omit_defaults=True):
    """Some of a customer's orders, newest first."""

    orders: list[Order]
    next_cursor: Annotated[str, Meta(description="hand it back as `cursor` for the next page; absent on the last")] = ""


class Fault(Struct, frozen=True):
    """One thing wrong with a request."""

    field: Annotated[
        str, Meta(description="JSON pointer (RFC 6901) into the body, or the name of a parameter or header")
    ]
    wrong: Annotated[str, Meta(description="what was wrong")]
    allowed: Annotated[str, Meta(description="what is allowed")]


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    faults: list[Fault] = []


class Health(Struct, frozen=True):
    """The answer of a health check."""

    status: str
