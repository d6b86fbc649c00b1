"""The types of the API, from which the OpenAPI document, the validation and its messages are generated."""

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
Quantity = Annotated[int, Meta(ge=1, le=100_000, description="an integer from 1 to 100000", examples=[2])]
MinorUnits = Annotated[
    int,
    Meta(ge=0, le=1_000_000_000, description="an integer of minor units (cents) from 0 to 1000000000", examples=[450]),
]
Currency = Annotated[CurrencyCode, Meta(description="an ISO 4217 code of an active currency", examples=["EUR"])]
OrderId = Annotated[str, Meta(pattern=ORDER_ID, description="ord_ and 32 hexadecimal digits")]


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """A quantity of one item with its unit price."""

    sku: Sku
    quantity: Quantity
    unit_price_minor: MinorUnits


Lines = Annotated[list[Line], Meta(min_length=1, max_length=50, description="1 to 50 lines")]


class NewOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request for an order."""

    customer: Customer
    currency: Currency
    lines: Lines


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order."""

    id: OrderId
    status: Status
    customer: Customer
    currency: Annotated[str, Meta(description="the ISO 4217 code that the order was placed in", examples=["EUR"])]
    lines: Lines
    total_minor: Annotated[int, Meta(ge=0, description="the sum of all lines in minor units")]
    placed_at: Annotated[str, Meta(description="RFC 3339, UTC, milliseconds", examples=["2026-11-24T11:13:55.120Z"])]
    reason: Annotated[str, Meta(description="the reason of a rejection or failure")] = ""
    shipment: Annotated[str, Meta(description="the shipment that fulfils it", examples=["shp_019ab5b7e1d0"])] = ""


class OrderPage(Struct, frozen=True, omit_defaults=True):
    """A page of a customer's orders, newest first."""

    orders: list[Order]
    next_cursor: Annotated[str, Meta(description="value of `cursor` for the next page; absent on the last page")] = ""


class Fault(Struct, frozen=True):
    """An invalid part of a request."""

    field: Annotated[
        str, Meta(description="JSON pointer (RFC 6901) into the body, or the name of a parameter or header")
    ]
    wrong: Annotated[str, Meta(description="the error")]
    allowed: Annotated[str, Meta(description="the allowed values")]


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as defined by RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    faults: list[Fault] = []


class Health(Struct, frozen=True):
    """The response of a health check."""

    status: str
