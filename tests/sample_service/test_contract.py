"""The service does what its own OpenAPI document says, whatever schemathesis thinks of sending it."""

import re

import pytest
import schemathesis
from falcon.inspect import inspect_routes
from hypothesis import HealthCheck, settings
from orders.book import OrderBook
from orders.http.app import build_app
from orders.http.openapi import openapi_document
from orders.http.page import documentation_page
from orders.status import Status
from orders.table import OrdersTable
from orders.token import ApiToken
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.sample_service.conftest import TOKEN

table = OrdersTable("orders", None)  # schemathesis wants the application before the tests begin
schema = schemathesis.openapi.from_asgi("/openapi.json", build_app(OrderBook(table), ApiToken(lambda: TOKEN)))


@pytest.fixture(autouse=True)
def connected(dynamodb):
    table._client = dynamodb


@schema.parametrize()
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case):
    answer = case.call(headers={"Authorization": f"Bearer {TOKEN}"})

    case.validate_response(answer, excluded_checks=[positive_data_acceptance] if _beyond_any_schema(answer) else [])


def _beyond_any_schema(answer) -> bool:
    """No schema can say that a key has one body, and a cursor was made by the service."""
    faults = answer.json().get("faults", []) if answer.status_code == 422 else []
    return [fault["field"] for fault in faults] in (["Idempotency-Key"], ["cursor"])


def test_the_document_is_what_the_service_serves(client):
    assert client.get("/openapi.json").json == openapi_document()


def test_every_operation_is_documented(app):
    routes = {
        (route.path, method.method.lower())
        for route in inspect_routes(app)
        for method in route.methods
        if not method.internal
    }
    documented = {(path, method) for path, methods in openapi_document()["paths"].items() for method in methods}

    assert routes == documented | {("/openapi.json", "get"), ("/docs", "get")}


def test_every_operation_that_asks_aws_may_fail_for_our_fault_or_for_a_while():
    for path, operations in openapi_document()["paths"].items():
        for operation in operations.values():
            assert path.startswith("/orders") is {"500", "503"}.issubset(operation["responses"])


def test_the_document_names_every_status():
    assert openapi_document()["components"]["schemas"]["Status"]["enum"] == sorted(Status)


def test_the_page_needs_nothing_from_elsewhere(client):
    answer = client.get("/docs", token=None)

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"https?://|<script|src=", answer.text)


def test_the_page_shows_every_operation_and_links_to_no_missing_place():
    page = documentation_page(openapi_document())
    targets = set(re.findall(r'href="#([^"]+)"', page))

    assert targets <= set(re.findall(r'id="([^"]+)"', page))
    for operation in ("POST /orders", "GET /orders", "GET /orders/{order_id}", "POST /orders/{order_id}/cancel"):
        assert f"<code>{operation}</code>" in page
