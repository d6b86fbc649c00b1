"""Invalid requests are reported with all faults, failures of dependencies with a time to retry."""

import json
from collections.abc import Iterator
from typing import get_type_hints

import msgspec
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from falcon.inspect import inspect_routes
from orders.http.app import build_app
from orders.http.cursor import _Position
from orders.http.resources import PlaceOrderHeaders
from orders.model import Customer, OrderId, Sku
from orders.order_service import OrderService
from orders.table import OrdersTable
from orders.threads import ThreadRunner
from orders.token import ApiToken, SecretVersions, UnusableSecret

from tests.unit.sample_service.conftest import TOKEN, Client, body

SOME_ID = f"ord_{0:032x}"


def test_all_faults_of_a_body_are_reported_together(client):
    lines = [
        {"sku": "t e a", "quantity": 0, "price": 1},
        "tea",
        {"sku": "mug", "quantity": True, "unit_price_minor": 1.5},
    ]
    response = client.post("/orders", json={"customer": "", "currency": "EURO", "lines": lines, "extra": None})

    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    assert {fault["field"]: (fault["wrong"], fault["allowed"]) for fault in response.json["faults"]} == {
        "/customer": ('is ""', "1 to 64 letters, digits or any of . _ @ + -"),
        "/currency": ('is "EURO"', "an ISO 4217 code of an active currency"),
        "/lines/0/sku": ('is "t e a"', "1 to 64 letters, digits or any of . _ -"),
        "/lines/0/quantity": ("is 0", "an integer from 1 to 100000"),
        "/lines/0/unit_price_minor": ("is missing", "an integer of minor units (cents) from 0 to 1000000000"),
        "/lines/0/price": ("is not a known field", "one of sku, quantity, unit_price_minor"),
        "/lines/1": ('is "tea"', "an object with sku, quantity, unit_price_minor"),
        "/lines/2/quantity": ("is true", "an integer from 1 to 100000"),
        "/lines/2/unit_price_minor": ("is 1.5", "an integer of minor units (cents) from 0 to 1000000000"),
        "/extra": ("is not a known field", "one of customer, currency, lines"),
    }


@pytest.mark.parametrize(
    ("sent", "field", "wrong"),
    [
        (body(lines=[]), "/lines", "has 0 entries"),
        (body(lines=body()["lines"] * 51), "/lines", "has 51 entries"),
        (body(lines={}), "/lines", "is an object"),
        (body(customer="c" * 65), "/customer", 'is "' + "c" * 56 + "..."),
        (body(currency="ZZZ"), "/currency", 'is "ZZZ"'),
        (body(**{"a/b~c": 1}), "/a~1b~0c", "is not a known field"),
        ([], "", "is a list"),
        ("order", "", 'is "order"'),
    ],
)
def test_a_fault_has_its_json_pointer(client, sent, field, wrong):
    [fault] = client.post("/orders", json=sent).json["faults"]

    assert (fault["field"], fault["wrong"]) == (field, wrong)


@pytest.mark.parametrize("sent", [b"", b"{", b"\xff", b'{"customer": NaN}', b"[" * 60_000, b'{"customer": 1, '])
def test_a_body_that_is_not_json_is_a_bad_request(client, sent):
    response = client.post("/orders", body=sent, headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json["title"]) == (400, "The body is not JSON")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
def test_another_media_type_is_unsupported(client, content_type):
    assert client.post("/orders", body=b"{}", headers={"Content-Type": content_type}).status_code == 415


def test_a_charset_parameter_of_the_media_type_is_accepted(client):
    headers = {"Content-Type": "application/json; charset=utf-8"}

    assert client.post("/orders", json=body(), headers=headers).status_code == 201


def test_an_integer_can_have_a_decimal_point(client):
    sent = b'{"customer":"c-42","currency":"EUR","lines":[{"sku":"tea","quantity":2.0,"unit_price_minor":45e1}]}'
    response = client.post("/orders", body=sent, headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json["total_minor"]) == (201, 900)


@pytest.mark.parametrize("number", ["1e400", "-1e300", "1" + 99 * "0", "0.5", "true"])
def test_a_number_out_of_range_is_one_fault(client, number):
    sent = body(lines=[{"sku": "tea", "quantity": "N", "unit_price_minor": 1}])
    text = json.dumps(sent).replace('"N"', number)
    response = client.post("/orders", body=text.encode(), headers={"Content-Type": "application/json"})

    assert [fault["field"] for fault in response.json["faults"]] == ["/lines/0/quantity"]


def test_a_body_over_64_kib_is_too_large(client):
    response = client.post("/orders", json=body(customer="c" * 65_536))

    assert (response.status_code, response.json["detail"]) == (413, "a body may have 65536 bytes at most")


@pytest.mark.parametrize("token", [None, "", "wrong", "sesame2", "sésame"])
def test_an_absent_or_wrong_token_is_unauthorized(client, token):
    response = client.get("/orders?customer=c-42", token=token)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="orders"'


def test_the_token_is_checked_first(client):
    assert client.get("/nowhere", token=None).status_code == 401
    assert client.post("/orders", token=None, body=b"{").status_code == 401


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/openapi.json", "/docs"])
def test_health_and_documentation_need_no_token(client, path):
    assert client.get(path, token=None).status_code == 200


@pytest.mark.parametrize("token", [TOKEN, None])
def test_every_response_has_the_security_headers(app, client, token):
    responses = {route.path: client.get(route.path, token=token) for route in inspect_routes(app)}

    for path, response in (responses | {"/nowhere": client.get("/nowhere", token=token)}).items():
        assert response.headers["Cache-Control"] == "no-store", path
        assert response.headers["X-Content-Type-Options"] == "nosniff", path
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000", path


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Customer, "c-42"),
        (Sku, "tea"),
        (OrderId, SOME_ID),
        (get_type_hints(PlaceOrderHeaders, include_extras=True)["idempotency_key"], "k1"),
        (get_type_hints(_Position, include_extras=True)["placed_at"], "2026-11-24T11:13:55.120Z"),
    ],
)
def test_a_trailing_newline_is_invalid(expected, text):
    assert msgspec.convert(text, expected) == text
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text + "\n", expected)


def test_unknown_paths_and_methods_are_problems(client):
    nowhere, deleted = client.get("/nowhere"), client.request("DELETE", "/orders")

    assert (nowhere.status_code, nowhere.json["title"]) == (404, "Not Found")
    assert (deleted.status_code, deleted.json["title"]) == (405, "Method Not Allowed")
    assert "POST" in deleted.headers["Allow"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "customer"),
        ("customer=", "customer"),
        ("customer=c-42&limit=0", "limit"),
        ("customer=c-42&limit=x", "limit"),
        ("customer=c-42&customer=c-43", "customer"),
        ("customer=c-42&cursor=!", "cursor"),
        ("customer=c-42&cursor=bm9wZQ", "cursor"),
        ("customer=c-42&cursor=WyJvcmRfMDEiLCAieCJd", "cursor"),
        ("customer=c-42&cursor=%F0%9F%98%80", "cursor"),
    ],
)
def test_invalid_parameters_are_reported(client, query, field):
    response = client.get("/orders", query_string=query)

    assert (response.status_code, response.json["faults"][0]["field"]) == (422, field)


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "schlüssel"])
def test_an_invalid_idempotency_key_is_reported(client, key):
    response = client.place(key=key) if key else client.post("/orders", json=body(), headers={"Idempotency-Key": ""})

    assert (response.status_code, response.json["faults"][0]["field"]) == (422, "Idempotency-Key")


def client_error(code: str, status: int = 400, **more: object) -> ClientError:
    error = {"Error": {"Code": code, "Message": "secret detail"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error | more, "Any")


def cancellation(reason: str) -> ClientError:
    return client_error("TransactionCanceledException", CancellationReasons=[{"Code": "None"}, {"Code": reason}])


TRANSIENT = [
    client_error("ProvisionedThroughputExceededException"),
    client_error("ThrottlingException"),
    client_error("TransactionConflictException"),
    client_error("InternalServerError", 500),
    cancellation("TransactionConflict"),
    cancellation("ThrottlingError"),
    ConnectTimeoutError(endpoint_url="https://dynamodb"),
    ReadTimeoutError(endpoint_url="https://dynamodb"),
    EndpointConnectionError(endpoint_url="https://dynamodb"),
]
PERMANENT = [
    client_error("AccessDeniedException"),
    client_error("ValidationException"),
    client_error("ResourceNotFoundException"),
    cancellation("ValidationError"),
    NoCredentialsError(),
]


@pytest.fixture
def broken_client(request, dynamodb) -> Iterator[Client]:
    def fail(**_: object) -> None:
        raise request.param

    dynamodb.meta.events.register("before-call", fail)
    yield Client(build_app(OrderService(OrdersTable("orders", dynamodb)), ApiToken(lambda: SecretVersions(TOKEN))))
    dynamodb.meta.events.unregister("before-call", fail)


@pytest.mark.parametrize("broken_client", TRANSIENT, indirect=True, ids=repr)
@pytest.mark.parametrize("path", [f"/orders/{SOME_ID}", "/orders?customer=c-42", "/readyz"])
def test_a_throttled_or_unreachable_table_is_a_503_with_retry_after(broken_client, path):
    response = broken_client.get(path)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert "secret detail" not in response.text


@pytest.mark.parametrize("broken_client", PERMANENT, indirect=True, ids=repr)
def test_a_table_that_rejects_the_service_is_an_internal_error_and_logged(broken_client, caplog):
    response = broken_client.get(f"/orders/{SOME_ID}")

    assert (response.status_code, response.json["title"]) == (500, "Internal error")
    assert "Retry-After" not in response.headers
    assert "secret detail" not in response.text
    assert [record.levelname for record in caplog.records if record.name == "orders.http.problems"] == ["ERROR"]


@pytest.mark.parametrize("broken_client", PERMANENT, indirect=True, ids=repr)
def test_a_service_that_its_table_rejects_is_not_ready(broken_client, caplog):
    assert broken_client.get("/readyz").status_code == 503
    assert "ERROR" in {record.levelname for record in caplog.records}


@pytest.mark.parametrize("broken_client", [TRANSIENT[0], PERMANENT[0]], indirect=True, ids=repr)
def test_a_process_is_alive_without_its_table(broken_client):
    assert broken_client.get("/livez").json == {"status": "live"}


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="https://secretsmanager"),
        client_error("AccessDeniedException"),
        NoCredentialsError(),
        UnusableSecret("API_TOKEN_SECRET_ARN is not set"),
    ],
    ids=repr,
)
def test_an_unreadable_token_is_unavailable_not_unauthorized_and_not_ready(service, caplog, error):
    def fail() -> SecretVersions:
        raise error

    client = Client(build_app(service, ApiToken(fail)))

    assert client.get("/livez").status_code == 200
    for path in ("/orders?customer=c-42", "/readyz"):
        response = client.get(path)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("secret", ["", " ", "\n"])
@pytest.mark.parametrize("candidate", ["", " ", "  ", "\t", "None", "Bearer"])
def test_an_empty_secret_authenticates_no_caller(service, secret, candidate):
    client = Client(build_app(service, ApiToken(lambda: SecretVersions(secret, previous=secret, overlap_seconds=60))))

    assert client.get("/readyz").status_code == 503
    response = client.get("/orders?customer=c-42", headers={"Authorization": f"Bearer {candidate}"})
    assert response.status_code in (401, 503)


def test_an_unexpected_error_reveals_no_details(client, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(OrdersTable, "get", fail)
    response = client.get(f"/orders/{SOME_ID}")

    assert response.status_code == 500
    assert "inside" not in response.text


def test_too_many_pending_requests_are_a_503(service):
    token = ApiToken(lambda: SecretVersions(TOKEN))
    token.refresh()
    response = Client(build_app(service, token, ThreadRunner(1, max_pending=0))).get(f"/orders/{SOME_ID}")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
