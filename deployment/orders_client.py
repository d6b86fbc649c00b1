"""HTTP client of the orders API, and the request bodies that the checks send."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from deployment.deployed_app import DeployedApp
from deployment.environment import Timeouts
from deployment.service_client import ServiceClient

ATTEMPTS = 5


@dataclass(frozen=True)
class OrdersClient(ServiceClient):
    """Client of the orders API on one target.

    The service rejects what it cannot do in time, with the status 503 and the header `Retry-After`. Such a request is
    sent again, up to four times; a POST has an idempotency key, so that it creates one order.

    Attributes:
        token: the API token.
        sleep: Waits for a number of seconds. Default: the real thing.
    """

    token: str = field(repr=False)
    sleep: Callable[[float], None] = time.sleep

    def post(self, body: Mapping[str, Any], **headers: str) -> httpx.Response:
        """Create an order; write header names with underscores."""
        given = self._headers({"idempotency_key": secrets.token_hex(16), **headers})
        return self._send(lambda: self.http.post("/orders", json=body, headers=given))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Send an authorised GET request; write header names with underscores."""
        return self._send(lambda: self.get_once(path, **headers))

    def get_once(self, path: str, **headers: str) -> httpx.Response:
        """Send an authorised GET request, whatever the response is."""
        return self.http.get(path, headers=self._headers(headers))

    def _send(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        response = send()
        for _ in range(ATTEMPTS - 1):
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or "retry-after" not in response.headers:
                break
            self.sleep(float(response.headers["retry-after"]))
            response = send()
        return response

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in given.items()}
        return {"authorization": f"Bearer {self.token}", **named}


def client_for(app: DeployedApp, target: str, token: str) -> OrdersClient:
    """Return a client of the orders API on a deployed target; close its `http` afterwards."""
    return OrdersClient(_http(app, target), token)


def client_of_any_service(app: DeployedApp, target: str) -> ServiceClient:
    """Return a client of a deployed target whose API is not known; close its `http` afterwards."""
    return ServiceClient(_http(app, target), health_path=app.assembly.health_path)


def _http(app: DeployedApp, target: str) -> httpx.Client:
    found = app.assembly.targets[target]
    url = app.stacks[found.stack].outputs[found.url_output]
    base_url, headers = app.environment.request_target(url)
    timeout_s = app.environment.timeouts.response_s
    return httpx.Client(base_url=base_url, headers=headers, timeout=timeout_s, trust_env=False)


def order_body(quantity: int = 2) -> dict[str, Any]:
    """Return a valid request body, the same for the same quantity."""
    lines = [
        {"sku": "tea-250g", "quantity": quantity, "unit_price_minor": 450},
        {"sku": "cup-blue", "quantity": 1, "unit_price_minor": 1250},
    ]
    return {"customer": "local-run", "currency": "EUR", "lines": lines}


def invalid_body() -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a request body with several invalid fields, and the names of these fields."""
    body = {"customer": "", "currency": "euro", "lines": [{"sku": "tea-250g", "quantity": 0, "unit_price_minor": 450}]}
    return body, ("customer", "currency", "quantity")


def new_trace_header() -> tuple[str, str]:
    """Return a new trace ID in X-Ray's format, and the value of `X-Amzn-Trace-Id` that samples it."""
    trace_id = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return trace_id, f"Root={trace_id};Parent={secrets.token_hex(8)};Sampled=1"


def summary(response: httpx.Response) -> str:
    """Return status and start of the body in one line."""
    text = " ".join(response.text.split())
    return f"{response.status_code} {text[:80]}".rstrip()


def no_response(error: httpx.TransportError) -> str:
    """Return why there is no response, in one line."""
    if isinstance(error, httpx.TimeoutException):
        return "no response: timeout"
    return f"no response: {error}" if str(error) else f"no response: {type(error).__name__}"


def wait_until_ready(
    client: ServiceClient,
    *,
    timeout_s: float = Timeouts.healthy_s,
    clock: Callable[[], float] = time.monotonic,
    stopped: Callable[[float], object],
) -> tuple[float | None, str]:
    """Request the health path until the response is 200.

    Args:
        client: The target's client.
        timeout_s: When to stop, in seconds.
        clock: Returns seconds from any start. Default: the monotonic clock.
        stopped: Waits for a number of seconds and returns whether to stop now, as `threading.Event.wait` does.

    Returns:
        The seconds until 200 (None: never), and the last response in one line.
    """
    started, pause, last = clock(), 0.05, "no request was sent"
    while (left := timeout_s - (clock() - started)) > 0:
        try:
            response = client.http.get(client.health_path, timeout=min(5.0, left))
        except httpx.TransportError as error:
            last = no_response(error)
        else:
            if response.status_code == httpx.codes.OK:
                return clock() - started, "200"
            last = summary(response)
        if stopped(pause):
            break
        pause = min(pause * 2, 1.0)
    return None, last
