import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from falcon.testing import Result, TestClient
from moto import mock_aws
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from orders.http.app import App, build_app
from orders.order_service import OrderService
from orders.table import OrdersTable
from orders.token import ApiToken, SecretVersions
from orders.tracing import trace_calls
from orders.tracing.provider import Tracing

TOKEN = "sesame"


def body(**changes: object) -> dict[str, object]:
    line = {"sku": "tea-250g", "quantity": 2, "unit_price_minor": 450}
    return {"customer": "c-42", "currency": "EUR", "lines": [line]} | changes


@pytest.fixture(scope="package", autouse=True)
def aws() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        for name in [name for name in os.environ if name.startswith(("AWS_", "OTEL_"))]:
            monkeypatch.delenv(name)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        # A busy computer is no overload.
        for name in ("CALL_SECONDS", "START_SECONDS"):
            monkeypatch.setattr(f"orders.threads.{name}", 60.0)
        yield


def create_table(dynamodb) -> None:
    dynamodb.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "customer", "open", "placed_at")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [
                    {"AttributeName": partition_key, "KeyType": "HASH"},
                    {"AttributeName": "placed_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for name, partition_key in (("by_customer", "customer"), ("open_orders", "open"))
        ],
    )


@pytest.fixture(scope="package")
def session_dynamodb(aws: None):  # noqa: ARG001 - starts moto
    client = boto3.client("dynamodb")
    create_table(client)
    trace_calls(client.meta.events)
    return client


@pytest.fixture
def dynamodb(session_dynamodb):
    yield session_dynamodb
    empty(session_dynamodb)


def empty(dynamodb) -> None:
    for item in dynamodb.scan(TableName="orders")["Items"]:
        dynamodb.delete_item(TableName="orders", Key={"id": item["id"]})


@pytest.fixture
def table(dynamodb) -> OrdersTable:
    return OrdersTable("orders", dynamodb)


@pytest.fixture
def service(table: OrdersTable) -> OrderService:
    return OrderService(table)


@pytest.fixture
def app(service: OrderService) -> App:
    return build_app(service, ApiToken(lambda: SecretVersions(TOKEN)))


class Client:
    """A client of the API that knows the token."""

    def __init__(self, app: App) -> None:
        self._client = TestClient(app)

    def request(self, method: str, path: str, token: str | None = TOKEN, **options: Any) -> Result:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._client.simulate_request(method, path, headers=headers | options.pop("headers", {}), **options)

    def get(self, path: str, **options: Any) -> Result:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Result:
        return self.request("POST", path, **options)

    def place(self, key: str | None = None, **changes: object) -> Result:
        return self.post("/orders", json=body(**changes), headers={"Idempotency-Key": key} if key else {})


@pytest.fixture
def client(app: App) -> Client:
    return Client(app)


@pytest.fixture(scope="session")
def exporter() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    Tracing(exporter)
    return exporter
