"""The OpenAPI document, generated from the types of requests and responses."""

from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from orders.http.resources import ListOrdersQuery, PlaceOrderHeaders
from orders.model import Health, NewOrder, Order, OrderId, OrderPage, Problem
from orders.validation import MAX_BODY_BYTES

Json = dict[str, Any]


class _OrderPath(Struct):
    order_id: OrderId


@cache
def openapi_document() -> Json:
    """Return the OpenAPI 3.1 document with every operation and response."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Orders",
            "version": "1.0.0",
            "description": "Place, read, list and cancel orders. A workflow checks and fulfils them.",
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
                "Place an order. With an Idempotency-Key, a repeated request returns the same order for 24 hours.",
                201,
                Order,
                [400, 401, 413, 415, 422, 500, 503],
                _parameters(PlaceOrderHeaders, "header"),
                body=NewOrder,
            ),
            "get": _operation(
                "list_orders",
                "List a customer's orders, newest first; eventually consistent.",
                200,
                OrderPage,
                [401, 422, 500, 503],
                _parameters(ListOrdersQuery, "query"),
            ),
        },
        "/orders/{order_id}": {
            "get": _operation(
                "get_order", "Get an order.", 200, Order, [401, 404, 500, 503], _parameters(_OrderPath, "path")
            ),
        },
        "/orders/{order_id}/cancel": {
            "post": _operation(
                "cancel_order",
                "Cancel an order that is PLACED or CHECKED; idempotent.",
                200,
                Order,
                [401, 404, 409, 500, 503],
                _parameters(_OrderPath, "path"),
            ),
        },
        "/livez": {"get": _public("live", "Liveness: the process responds.", [])},
        "/readyz": {"get": _public("ready", "Readiness: the process can read its table and its token.", [503])},
    }


def _operation(
    name: str,
    summary: str,
    status: int,
    response: type[Struct],
    problems: list[int],
    parameters: list[Json],
    body: type[Struct] | None = None,
) -> Json:
    operation: Json = {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            str(status): _response(HTTPStatus(status).phrase, "application/json", response),
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


def _parameters(struct: type[Struct], location: str) -> list[Json]:
    """Return one parameter for each field of a struct."""
    schema = msgspec.json.schema(struct)["$defs"][struct.__name__]
    required = schema.get("required", [])
    return [
        {"name": name, "in": location, "required": name in required, "schema": details}
        for name, details in schema["properties"].items()
    ]


def _response(description: str, media_type: str, struct: type[Struct]) -> Json:
    return {"description": description, "content": {media_type: {"schema": _reference(struct)}}}


def _reference(struct: type[Struct]) -> Json:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _schemas() -> Json:
    structs = (NewOrder, Order, OrderPage, Problem, Health)
    return msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")[1]
