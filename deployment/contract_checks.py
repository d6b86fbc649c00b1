"""Contract checks: what the orders API promises, requested from each target."""

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from deployment.console import Progress
from deployment.deployed_app import NO_ORDERS
from deployment.orders_client import OrdersClient, invalid_body, no_response, order_body, summary, wait_until_ready
from deployment.results import CREATE_ORDER, HEALTH_CHECK, Check, Outcome, TargetResult, rounded
from deployment.service_checks import run_service_checks
from deployment.service_client import ServiceClient

PROBLEM = "application/problem+json"
UNKNOWN_ORDER = "ord_00000000000000000000000000"

Finding = tuple[bool, str]


@dataclass
class _Context:
    """The state that the checks of one target share.

    Attributes:
        order: the created order; empty when none could be created.
        unresponsive: why no more requests are sent: each one would wait for its timeout.
    """

    client: OrdersClient
    key: str = field(default_factory=lambda: f"local-run-{secrets.token_hex(8)}")
    order: dict[str, Any] = field(default_factory=dict)
    unresponsive: str = ""

    @property
    def order_path(self) -> str:
        return f"/orders/{self.order['id']}"


@dataclass(frozen=True)
class ContractCheck:
    """One check of the contract.

    Attributes:
        name: the promise.
        expected: the response that passes.
        request: sends the request, and returns whether the promise holds and what the response was.
        needs_order: whether the check is not run when no order could be created.
    """

    name: str
    expected: str
    request: Callable[[_Context], Finding]
    needs_order: bool = False

    def run(self, context: _Context) -> Check:
        """Run the check; an error of the connection is a failure."""
        reason = context.unresponsive
        if self.needs_order and not context.order:
            reason = reason or "no order could be created"
        if reason:
            return Check(name=self.name, outcome=Outcome.NOT_RUN, expected=self.expected, reason=reason)
        try:
            passed, got = self.request(context)
        except httpx.TransportError as error:
            passed, got = False, no_response(error)
            context.unresponsive = f"there was no response to {self.name!r}"
        outcome = Outcome.PASSED if passed else Outcome.FAILED
        return Check(name=self.name, outcome=outcome, expected=self.expected, got=got)


def run_checks(client: OrdersClient) -> list[Check]:
    """Run all contract checks against one target."""
    context = _Context(client)
    return [check.run(context) for check in CONTRACT]


def check_targets(
    clients: Mapping[str, ServiceClient],
    deployed: Mapping[str, TargetResult],
    progress: Progress,
    timeout_s: float,
    responses: Mapping[str, str] = {},
) -> dict[str, TargetResult]:
    """Wait for each target's health check, then run the contract checks; all targets at the same time.

    Args:
        clients: Target ID -> client.
        deployed: Target ID -> result of its deployment.
        progress: Shows one row for each target.
        timeout_s: Time-out of the health check.
        responses: Path -> text in the response of a service that is not the orders API. Default: none.
    """
    cancelled = threading.Event()

    def check(name: str) -> TargetResult:
        with progress.step(name, "waiting", "until it is healthy", timed=False) as step:
            waited_s, got = wait_until_ready(clients[name], timeout_s=timeout_s, stopped=cancelled.wait)
            outcome = Outcome.FAILED if waited_s is None else Outcome.PASSED
            checks = [Check(name=HEALTH_CHECK, outcome=outcome, expected=f"200 within {timeout_s:.0f} s", got=got)]
            if waited_s is not None:
                step.update("checking", f"{len(CONTRACT)} contract checks")
                checks += _checks_of(clients[name], responses)
            result = replace(deployed[name], healthy_s=rounded(waited_s)).with_checks(checks)
            ran = sum(check.outcome is not Outcome.NOT_RUN for check in checks)
            detail = result.reason or f"{ran} checks, healthy after {waited_s:.1f} s"
            step.update(result.outcome.value, detail)
            return result

    with ThreadPoolExecutor(max_workers=max(1, len(clients))) as pool:
        running = {name: pool.submit(check, name) for name in clients}
        try:
            return {name: future.result() for name, future in running.items()}
        finally:
            cancelled.set()


def _checks_of(client: ServiceClient, responses: Mapping[str, str]) -> list[Check]:
    if isinstance(client, OrdersClient):
        return run_checks(client)
    left_out = [
        Check(name=check.name, outcome=Outcome.NOT_RUN, expected=check.expected, reason=NO_ORDERS) for check in CONTRACT
    ]
    return [*run_service_checks(client, responses), *left_out]


def created_order(target: TargetResult) -> str:
    """Return the ID of the order that the target created; "" without one."""
    got = next((check.got for check in target.checks if check.name == CREATE_ORDER), "")
    return got.removeprefix("201 ") if got.startswith("201 ") else ""


def _create(context: _Context) -> Finding:
    response = context.client.post(order_body(), idempotency_key=context.key)
    body = _json(response)
    if response.status_code == httpx.codes.CREATED and body.get("id"):
        context.order = body
        return True, f"201 {body['id']}"
    return False, summary(response)


def _read(context: _Context) -> Finding:
    response = context.client.get(context.order_path)
    body = _json(response)
    # Not the status: the workflow may have changed it by now.
    is_same = all(body.get(name) == context.order.get(name) for name in ("id", "customer", "currency", "lines"))
    return response.status_code == httpx.codes.OK and is_same, summary(response)


def _without_token(context: _Context) -> Finding:
    response = context.client.http.get(context.order_path)
    return response.status_code == httpx.codes.UNAUTHORIZED, summary(response)


def _wrong_token(context: _Context) -> Finding:
    response = context.client.get(context.order_path, authorization="Bearer not-the-token")
    return response.status_code == httpx.codes.UNAUTHORIZED, summary(response)


def _same_key(context: _Context) -> Finding:
    response = context.client.post(order_body(), idempotency_key=context.key)
    body = _json(response)
    is_same = response.is_success and body.get("id") == context.order["id"]
    return is_same, f"{response.status_code} {body.get('id', '')}"


def _different_body(context: _Context) -> Finding:
    response = context.client.post(order_body(quantity=3), idempotency_key=context.key)
    return response.status_code == httpx.codes.UNPROCESSABLE_ENTITY and _is_problem(response), summary(response)


def _invalid_body(context: _Context) -> Finding:
    body, fields = invalid_body()
    response = context.client.post(body)
    missing = _missing(fields, (str(fault.get("field")) for fault in _json(response).get("faults", [])))
    if missing:
        return False, f"{summary(response)} does not name {', '.join(missing)}"
    is_problem = response.is_client_error and _is_problem(response)
    return is_problem, f"{response.status_code}, names {', '.join(fields)}"


def _unknown_order(context: _Context) -> Finding:
    response = context.client.get(f"/orders/{UNKNOWN_ORDER}")
    return response.status_code == httpx.codes.NOT_FOUND and _is_problem(response), summary(response)


def _missing(fields: Iterable[str], faults: Iterable[str]) -> list[str]:
    named = list(faults)
    return [name for name in fields if not any(fault.rstrip("/").endswith(name) for fault in named)]


def _is_problem(response: httpx.Response) -> bool:
    content_type: str = response.headers.get("content-type", "")
    return content_type.startswith(PROBLEM)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


CONTRACT: tuple[ContractCheck, ...] = (
    ContractCheck(CREATE_ORDER, "201 with the order's ID", _create),
    ContractCheck("created order can be read", "200 with the same order", _read, needs_order=True),
    ContractCheck("request without a token is rejected", "401", _without_token, needs_order=True),
    ContractCheck("request with a wrong token is rejected", "401", _wrong_token, needs_order=True),
    ContractCheck("idempotency key: same key, same order", "the first order's ID", _same_key, needs_order=True),
    ContractCheck("idempotency key: different body is rejected", f"422 {PROBLEM}", _different_body, needs_order=True),
    ContractCheck(
        "invalid body is rejected with every invalid field", f"4xx {PROBLEM} naming every field", _invalid_body
    ),
    ContractCheck("unknown order is not found", f"404 {PROBLEM}", _unknown_order),
)
