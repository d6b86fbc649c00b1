"""The service matches its OpenAPI document for the requests that schemathesis generates."""

import re

import pytest
import schemathesis
from falcon.inspect import inspect_routes
from hypothesis import HealthCheck, settings
from orders.http.app import build_app
from orders.http.documentation import documentation_page
from orders.http.openapi import openapi_document
from orders.order_service import OrderService
from orders.status import Status
from orders.table import OrdersTable
from orders.threads import ThreadRunner
from orders.token import ApiToken, SecretVersions
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.unit.sample_service.conftest import TOKEN

table = OrdersTable("orders", None)  # schemathesis needs the application before the tests start
app = build_app(OrderService(table), ApiToken(lambda: SecretVersions(TOKEN)), ThreadRunner(seconds=60))
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(autouse=True)
def connected(dynamodb):
    table._client = dynamodb


@schema.parametrize()
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_responses_match_the_document(case):
    response = case.call(headers={"Authorization": f"Bearer {TOKEN}"})

    case.validate_response(response, excluded_checks=[positive_data_acceptance] if _beyond_any_schema(response) else [])


def _beyond_any_schema(response) -> bool:
    """A schema cannot express that a key has one body, and that a cursor is from the service."""
    faults = response.json().get("faults", []) if response.status_code == 422 else []
    return [fault["field"] for fault in faults] in (["Idempotency-Key"], ["cursor"])


def test_the_service_serves_the_document(client):
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


def test_every_operation_that_calls_aws_documents_500_and_503():
    for path, operations in openapi_document()["paths"].items():
        for operation in operations.values():
            assert path.startswith("/orders") is {"500", "503"}.issubset(operation["responses"])


def test_the_document_names_every_status():
    assert openapi_document()["components"]["schemas"]["Status"]["enum"] == sorted(Status)


def test_the_page_has_no_external_resources(client):
    response = client.get("/docs", token=None)

    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"https?://|<script|src=", response.text)


def test_the_page_shows_every_operation_and_its_links_resolve():
    page = documentation_page(openapi_document())
    targets = set(re.findall(r'href="#([^"]+)"', page))

    assert targets <= set(re.findall(r'id="([^"]+)"', page))
    for operation in ("POST /orders", "GET /orders", "GET /orders/{order_id}", "POST /orders/{order_id}/cancel"):
        assert f"<code>{operation}</code>" in page
