"""The OpenAPI document, made of the types that also validate and answer requests."""

from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from orders.http.guards import MAX_BODY_BYTES
from orders.http.resources import PageQuery, PlacingHeaders
from orders.model import Health, NewOrder, Order, OrderId, OrderPage, Problem

Json = dict[str, Any]


class _OrderPath(Struct):
    order_id: OrderId


@cache
def openapi_document() -> Json:
    """OpenAPI 3.1: every operation, and every answer that it gives."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Orders",
            "version": "1.0.0",
            "description": "Place orders, follow them, cancel them while they may be. A workflow does the rest.",
        },
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _paths() -> Json:
    return {
        "/orders": {
            "post": _operation(
                "place_order",
                "Place an order. With an Idempotency-Key, a repetition returns the same order for 24 hours.",
                201,
                Order,
                [400, 401, 413, 415, 422, 500, 503],
                _parameters(PlacingHeaders, "header"),
                body=NewOrder,
            ),
            "get": _operation(
                "list_orders",
                "List a customer's orders, newest first; a new one appears within moments.",
                200,
                OrderPage,
                [401, 422, 500, 503],
                _parameters(PageQuery, "query"),
            ),
        },
        "/orders/{order_id}": {
            "get": _operation(
                "get_order", "Show an order.", 200, Order, [401, 404, 500, 503], _parameters(_OrderPath, "path")
            ),
        },
        "/orders/{order_id}/cancel": {
            "post": _operation(
                "cancel_order",
                "Cancel an order that is PLACED or CHECKED; cancelling twice is cancelling once.",
                200,
                Order,
                [401, 404, 409, 500, 503],
                _parameters(_OrderPath, "path"),
            ),
        },
        "/livez": {"get": _public("live", "Whether the process answers; asks nothing else.", [])},
        "/readyz": {"get": _public("ready", "Whether the table answers, too.", [503])},
    }


def _operation(
    name: str,
    summary: str,
    status: int,
    answer: type[Struct],
    problems: list[int],
    parameters: list[Json],
    body: type[Struct] | None = None,
) -> Json:
    operation: Json = {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            str(status): _response(HTTPStatus(status).phrase, "application/json", answer),
            **{str(code): _response(HTTPStatus(code).phrase, "application/problem+json", Problem) for code in problems},
        },
    }
    if body:
        operation["requestBody"] = {
            "required": True,
            "description": f"at most {MAX_BODY_BYTES} bytes",
            "content": {"application/json": {"schema": _reference(body)}},
        }
    return operation


def _public(name: str, summary: str, problems: list[int]) -> Json:
    return _operation(name, summary, 200, Health, problems, []) | {"security": []}


def _parameters(struct: type[Struct], place: str) -> list[Json]:
    """One parameter for each field of a struct."""
    schema = msgspec.json.schema(struct)["$defs"][struct.__name__]
    required = schema.get("required", [])
    return [
        {"name": name, "in": place, "required": name in required, "schema": details}
        for name, details in schema["properties"].items()
    ]


def _response(description: str, media_type: str, struct: type[Struct]) -> Json:
    return {"description": description, "content": {media_type: {"schema": _reference(struct)}}}


def _reference(struct: type[Struct]) -> Json:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _schemas() -> Json:
    structs = (NewOrder, Order, OrderPage, Problem, Health)
    return msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")[1]
