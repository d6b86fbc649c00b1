"""The Lambda handler responds to events of function URLs and HTTP APIs as the server does to requests."""

import base64
import importlib
import json
import sys

import boto3
import pytest

from tests.unit.sample_service.conftest import TOKEN, body


@pytest.fixture
def handler(dynamodb, monkeypatch):  # noqa: ARG001 - creates the table
    secret = boto3.client("secretsmanager").create_secret(Name="token", SecretString=TOKEN)
    monkeypatch.setenv("TABLE_NAME", "orders")
    monkeypatch.setenv("API_TOKEN_SECRET_ARN", secret["ARN"])
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    monkeypatch.setattr("orders.logs.start_logging", lambda _: None)
    # No time limit ends a request here; test_overload tests the limits.
    monkeypatch.setattr("orders.threads.START_SECONDS", 30.0)
    monkeypatch.setattr("orders.http.middleware.REFRESH_SECONDS", 30.0)
    monkeypatch.delitem(sys.modules, "orders.lambda_http", raising=False)
    yield importlib.import_module("orders.lambda_http").handler
    boto3.client("secretsmanager").delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)


def test_orders_are_placed_and_found(handler):
    placed = handler(_event("POST", "/orders", body=json.dumps(body())), None)
    order = json.loads(placed["body"])
    found = handler(_event("GET", f"/orders/{order['id']}"), None)

    assert (placed["statusCode"], placed["isBase64Encoded"]) == (201, False)
    assert placed["headers"]["location"] == f"/orders/{order['id']}"
    assert json.loads(found["body"]) == order


def test_problems_are_text_with_their_media_type(handler):
    response = handler(_event("POST", "/orders", body="{}"), None)

    assert (response["statusCode"], response["isBase64Encoded"]) == (422, False)
    assert response["headers"]["content-type"] == "application/problem+json"
    assert len(json.loads(response["body"])["faults"]) == 3


def test_queries_and_encoded_bodies_are_decoded(handler):
    event = _event("POST", "/orders", body=base64.b64encode(json.dumps(body()).encode()).decode())
    handler(event | {"isBase64Encoded": True}, None)
    page = handler(_event("GET", "/orders", query="customer=c-42&limit=1"), None)

    assert len(json.loads(page["body"])["orders"]) == 1


def test_a_wrong_token_is_rejected(handler):
    assert handler(_event("GET", "/orders/ord_1", token="wrong"), None)["statusCode"] == 401


FUNCTION_TRACE = "1-5759e988-bd862e3fe1be46a994272793"
CALLER_TRACE = "1-11111111-111111111111111111111111"


@pytest.mark.parametrize(
    ("function_header", "caller_header", "root"),
    [
        (
            f"Root={FUNCTION_TRACE};Parent=53995c3f42cd8ad8;Sampled=1",
            f"Root={CALLER_TRACE};Parent=1111111111111111",
            FUNCTION_TRACE,
        ),
        (
            f"Root={FUNCTION_TRACE};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0",
            f"Root={CALLER_TRACE};Sampled=1",
            CALLER_TRACE,
        ),
        (f"Root={FUNCTION_TRACE};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0", "", FUNCTION_TRACE),
        ("", f"Root={CALLER_TRACE}", CALLER_TRACE),
    ],
)
def test_an_order_has_lambdas_trace_if_it_is_sampled_and_the_callers_otherwise(
    handler, dynamodb, monkeypatch, function_header, caller_header, root
):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", function_header)
    event = _event("POST", "/orders", body=json.dumps(body()))
    if caller_header:
        event["headers"]["x-amzn-trace-id"] = caller_header
    order_id = json.loads(handler(event, None)["body"])["id"]
    trace = dynamodb.get_item(TableName="orders", Key={"id": {"S": order_id}})["Item"]["trace"]["S"]

    assert trace.startswith(f"Root={root}")
    assert not trace.endswith("Sampled=0")


def _event(method: str, path: str, *, query: str = "", body: str | None = None, token: str = TOKEN) -> dict:
    """An event as defined by https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads."""
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"authorization": f"Bearer {token}", "content-type": "application/json", "host": "orders"},
        "requestContext": {"http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}},
        "isBase64Encoded": False,
    }
    return event | ({"body": body} if body is not None else {})
