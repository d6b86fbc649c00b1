"""Well-behaved clients: they repeat a request with the same idempotency key until the service has decided on it."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from deployment.load.order_stream import Kind, PlannedOrder
from deployment.orders_client import no_response, summary
from deployment.prober import Aim

TIMEOUT_S = 10.0
"""A client waits this long for a response; API Gateway ends a request after 29 s."""

_FIRST_PAUSE_S = 0.2
_ERROR_LENGTH = 60
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(:\d+)?")
_LONGEST_PAUSE_S = 5.0
# Every n-th client does not receive the response, and sends the same request to another target.
_REPEATED_EVERY = 10


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request.

    Attributes:
        target: ID of the target.
        status: HTTP status; None without a response.
        error: why there is no response, or the kind of error of a status of 500 or more; otherwise "".
        duration_s: seconds until the response, or until the error.
    """

    target: str
    status: int | None
    error: str
    duration_s: float

    @property
    def is_decided(self) -> bool:
        """Whether the service decided; otherwise a client repeats the request."""
        return self.status is not None and self.status < 500 and self.status != httpx.codes.TOO_MANY_REQUESTS


@dataclass(kw_only=True)
class Placed:
    """The responses to one client.

    Attributes:
        order: the planned order.
        ids: the order IDs of all responses; one, if the service is right. Empty: it was not accepted.
        rejection: status and body of a response that rejected the order. Default: "".
        is_repeated: whether the client sent the request again after the response. Default: False.
        cancellation: HTTP status of the response to the cancellation; None without one. Default: None.
    """

    order: PlannedOrder
    ids: set[str] = field(default_factory=set)
    rejection: str = ""
    is_repeated: bool = False
    cancellation: int | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the service confirmed the cancellation."""
        return self.cancellation == httpx.codes.OK


class Clients:
    """Clients that place orders on several targets.

    Args:
        aims: Target ID -> base URL and headers.
        patience_s: How long a client repeats a request, in seconds.
        concurrency: Number of clients at the same time.
        on_accepted: Called with each accepted order. Default: nothing happens.
    """

    def __init__(
        self,
        aims: Mapping[str, Aim],
        *,
        patience_s: float,
        concurrency: int,
        on_accepted: Callable[[Placed], None] = lambda _placed: None,
    ) -> None:
        self._aims = dict(aims)
        self._targets: Sequence[str] = tuple(aims)
        self._patience_s = patience_s
        self._concurrency = concurrency
        self._on_accepted = on_accepted
        self.attempts: list[Attempt] = []
        self.placed: list[Placed] = []

    async def place_all(self, orders: Iterable[PlannedOrder], may_continue: Callable[[int], bool]) -> None:
        """Place the orders; each one waits until `may_continue` returns True for its number."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=self._concurrency)
        slots = asyncio.Semaphore(self._concurrency)
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, limits=limits) as http,
            asyncio.TaskGroup() as group,
        ):
            for order in orders:
                while not may_continue(order.number):
                    await asyncio.sleep(0.1)
                await slots.acquire()
                task = group.create_task(self._place(http, order))
                task.add_done_callback(lambda _task: slots.release())

    async def _place(self, http: httpx.AsyncClient, order: PlannedOrder) -> None:
        placed = Placed(order=order)
        self.placed.append(placed)
        turns = 2 if order.number % _REPEATED_EVERY == 0 else 1
        for turn in range(turns):
            headers = {"idempotency-key": order.key}
            response = await self._until_decided(http, self._target(order, turn), "/orders", order.body, headers)
            if response is None:
                return
            if response.status_code not in (httpx.codes.CREATED, httpx.codes.OK):
                placed.rejection = summary(response)
                return
            placed.ids.add(str(response.json()["id"]))
            placed.is_repeated = turn > 0
            if turn == 0:
                self._on_accepted(placed)
        if order.kind is Kind.CANCELLED:
            path = f"/orders/{min(placed.ids)}/cancel"
            response = await self._until_decided(http, self._target(order, 1), path, None, {})
            placed.cancellation = response.status_code if response is not None else None

    def _target(self, order: PlannedOrder, turn: int) -> str:
        return self._targets[(self._targets.index(order.target) + turn) % len(self._targets)]

    async def _until_decided(
        self, http: httpx.AsyncClient, target: str, path: str, body: object, headers: Mapping[str, str]
    ) -> httpx.Response | None:
        """Repeat a request with exponential backoff and full jitter; None if the patience ends."""
        deadline, pause_s = time.monotonic() + self._patience_s, _FIRST_PAUSE_S
        while True:
            attempt, response = await self._send(http, target, path, body, headers)
            self.attempts.append(attempt)
            if response is not None and attempt.is_decided:
                return response
            if time.monotonic() > deadline:
                return None
            asked_s = _retry_after_s(response)
            await asyncio.sleep(asked_s + random.uniform(0, pause_s))  # noqa: S311 - jitter, not a secret
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _send(
        self, http: httpx.AsyncClient, target: str, path: str, body: object, headers: Mapping[str, str]
    ) -> tuple[Attempt, httpx.Response | None]:
        aim, started = self._aims[target], time.monotonic()
        response, error = None, ""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                response = await http.post(f"{aim.base_url}{path}", json=body, headers={**aim.headers, **headers})
        except TimeoutError:
            error = "no response: timeout"
        except httpx.TransportError as raised:
            error = no_response(raised)
        else:
            error = _kind_of_error(response)
        status = response.status_code if response is not None else None
        return Attempt(target=target, status=status, error=error, duration_s=time.monotonic() - started), response


def _kind_of_error(response: httpx.Response) -> str:
    """Return a short name of a server's error, the same for all errors of its kind."""
    if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
        return ""
    try:
        problem = response.json()
    except ValueError:
        problem = response.text
    if isinstance(problem, dict):
        problem = problem.get("title") or problem.get("message") or problem.get("Message") or ""
    return _ADDRESS.sub("…", " ".join(str(problem).split()))[:_ERROR_LENGTH]


def _retry_after_s(response: httpx.Response | None) -> float:
    """Return the seconds that the service asks to wait, at most the longest pause."""
    value = response.headers.get("retry-after", "") if response is not None else ""
    return min(float(value), _LONGEST_PAUSE_S) if value.isdigit() else 0.0


def errors_by_kind(attempts: Iterable[Attempt]) -> Mapping[str, Mapping[str, int]]:
    """Count the attempts without a decision: "503 Service unavailable" or "no response" -> target -> count."""
    found: dict[str, Counter[str]] = {}
    for attempt in attempts:
        if not attempt.is_decided:
            kind = f"{attempt.status} {attempt.error}".strip() if attempt.status is not None else attempt.error
            found.setdefault(kind, Counter())[attempt.target] += 1
    return {kind: dict(counts) for kind, counts in sorted(found.items())}
