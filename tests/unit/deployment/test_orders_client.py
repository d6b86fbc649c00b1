"""The client of the orders API repeats what the service asks it to repeat."""

import httpx
import pytest

from deployment.orders_client import ATTEMPTS, OrdersClient


class Service:
    """Responds with the given statuses, then with 201, and keeps the requests."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.statuses = list(statuses)
        self.headers = {"Retry-After": "2"} if headers is None else headers
        self.requests: list[httpx.Request] = []
        self.waited: list[float] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.statuses.pop(0), headers=self.headers) if self.statuses else httpx.Response(201)

    @property
    def client(self) -> OrdersClient:
        http = httpx.Client(transport=httpx.MockTransport(self.respond), base_url="http://orders")
        return OrdersClient(http, "token", self.waited.append)


def test_an_overloaded_service_is_asked_again_after_the_time_that_it_names() -> None:
    service = Service(503, 503)
    assert service.client.post({}).status_code == 201
    assert service.waited == [2.0, 2.0]
    [key] = {request.headers["idempotency-key"] for request in service.requests}
    assert len(key) == 32


def test_the_last_response_is_returned() -> None:
    service = Service(*[503] * 10)
    assert service.client.get("/orders/1").status_code == 503
    assert len(service.requests) == ATTEMPTS


@pytest.mark.parametrize(("status", "headers"), [(503, {}), (500, None), (404, None), (502, None)])
def test_other_responses_are_final(status: int, headers: dict[str, str] | None) -> None:
    service = Service(status, headers=headers)
    assert service.client.get("/orders/1").status_code == status
    assert service.waited == []


def test_two_orders_have_two_keys_unless_one_is_given() -> None:
    service = Service()
    for _ in range(2):
        service.client.post({})
    service.client.post({}, idempotency_key="mine")
    keys = [request.headers["idempotency-key"] for request in service.requests]
    assert len(set(keys)) == 3
    assert keys[2] == "mine"
