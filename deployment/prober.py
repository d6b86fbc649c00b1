"""A prober: steady requests to deployed targets while something changes, and the count of those that were lost."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from deployment.deployed_app import DeployedApp
from deployment.errors import ActionableError
from deployment.orders_client import OrdersClient, client_for, no_response, order_body, summary, wait_until_ready

REQUESTS_PER_S = 5.0
TIMEOUT_S = 5.0
# Every n-th request opens a connection of its own, as a new client does.
NEW_CONNECTION_EVERY = 5
# A load balancer without a replica responds at once; the service responds with 503 after it waited this long for AWS.
WAITED_FOR_AWS_S = 1.0
LIVENESS_PATH = "/livez"


@dataclass(frozen=True, kw_only=True)
class Response:
    """One request and what came back.

    Attributes:
        sent_s: when it was sent, in seconds since the prober started.
        path: the request path.
        new_connection: whether it opened a connection of its own.
        status: HTTP status; None without a response.
        error: why there is no response; the start of the body for a status of 500 or more; otherwise "".
        duration_s: seconds until the response, or until the error.
    """

    sent_s: float
    path: str
    new_connection: bool
    status: int | None
    error: str
    duration_s: float

    @property
    def is_lost(self) -> bool:
        """Whether the caller got nothing useful: no response in time, a broken connection, or an error of a server."""
        return self.status is None or self.status >= httpx.codes.INTERNAL_SERVER_ERROR or self.duration_s > TIMEOUT_S

    @property
    def is_timeout(self) -> bool:
        """Whether it was lost by waiting alone: no response in time, or a 503 of the service that waited for AWS."""
        if self.status == httpx.codes.SERVICE_UNAVAILABLE:
            return self.duration_s >= WAITED_FOR_AWS_S
        return self.is_lost and (self.status or 0) < httpx.codes.INTERNAL_SERVER_ERROR and self.duration_s >= TIMEOUT_S

    @property
    def reason(self) -> str:
        """Why it was lost, in one line: status or error, path, and whether the connection was new."""
        connection = "on a new connection" if self.new_connection else "on an open connection"
        if self.status is not None and self.status < httpx.codes.INTERNAL_SERVER_ERROR:
            return f"GET {self.path} {connection}: {self.status} after {self.duration_s:.1f} s"
        return f"GET {self.path} {connection}: {self.error}"


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Lost requests with the same reason.

    Attributes:
        reason: why they were lost.
        requests: how many.
        first_s: when the first of them was sent, in seconds since the count began.
        last_s: when the last of them was sent.
        is_timeout: whether they were lost by waiting alone; see `Response.is_timeout`.
    """

    reason: str
    requests: int
    first_s: float
    last_s: float
    is_timeout: bool = False


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The count of one target's requests in a period.

    Attributes:
        requests: requests that were sent.
        lost: requests that were lost.
        slowest_ms: the slowest response that was not lost, in milliseconds; None without one.
        losses: the lost requests by reason, the most frequent first.
    """

    requests: int = 0
    lost: int = 0
    slowest_ms: float | None = None
    losses: tuple[Loss, ...] = ()


def tally(responses: Iterable[Response], since_s: float = 0.0) -> Tally:
    """Count the responses to requests that were sent at `since_s` or later.

    Args:
        responses: Responses in any order.
        since_s: Begin of the period, in seconds since the prober started. Default: 0, all of them.
    """
    counted = sorted((one for one in responses if one.sent_s >= since_s), key=lambda one: one.sent_s)
    lost = [one for one in counted if one.is_lost]
    served = [one.duration_s for one in counted if not one.is_lost]
    losses = []
    for reason, number in Counter(one.reason for one in lost).most_common():
        alike = [one for one in lost if one.reason == reason]
        losses.append(
            Loss(
                reason=reason,
                requests=number,
                first_s=round(alike[0].sent_s - since_s, 1),
                last_s=round(alike[-1].sent_s - since_s, 1),
                is_timeout=all(one.is_timeout for one in alike),
            )
        )
    return Tally(
        requests=len(counted),
        lost=len(lost),
        slowest_ms=round(max(served) * 1000, 1) if served else None,
        losses=tuple(losses),
    )


@dataclass(frozen=True, kw_only=True)
class Aim:
    """The requests to one target: idempotent GETs that every version of the service responds to.

    Attributes:
        base_url: URL to send the requests to, without a trailing slash.
        headers: headers that lead to the target, and its credentials.
        paths: request paths, in turn.
    """

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    paths: tuple[str, ...]


def aims_for(app: DeployedApp, targets: Sequence[str]) -> dict[str, Aim]:
    """Return what to request from each target: its liveness, and an order that it reads from the table.

    The order is created once, on the first target.

    Raises:
        ActionableError: a target is not ready, or the first one creates no order.
    """
    token = app.api_token()
    aims: dict[str, Aim] = {}
    order = ""
    for target in targets:
        client = client_for(app, target, token)
        fix = app.environment.command("logs", target)
        with client.http:
            ready_s, last = wait_until_ready(client, stopped=time.sleep)
            if ready_s is None:
                raise ActionableError(f"{target} is not ready", f"the last response was {last}", fix)
            order = order or _create_order(client, target, fix)
            headers = {**client.http.headers, "authorization": f"Bearer {client.token}"}
            base_url = str(client.http.base_url).rstrip("/")
            aims[target] = Aim(base_url=base_url, headers=headers, paths=(*[LIVENESS_PATH] * 3, f"/orders/{order}"))
    return aims


def _create_order(client: OrdersClient, target: str, fix: str) -> str:
    try:
        response = client.post(order_body())
    except httpx.TransportError as error:
        raise ActionableError(f"{target} created no order", no_response(error), fix) from None
    if response.status_code != httpx.codes.CREATED:
        raise ActionableError(f"{target} created no order", f"the response was {summary(response)}", fix)
    return str(response.json()["id"])


class Prober:
    """Requests to several targets at a steady rate, in a thread of its own, until the block ends.

    A slow response delays no other request: each one is sent on time.

    Args:
        aims: Target ID -> its requests.
        rate: Requests to each target, per second. Default: 5.

    Example:
        ```
        with Prober(aims_for(app, ["ecs-fargate"])) as prober:
            began = prober.seconds
            change()
            time.sleep(3)
            assert prober.tally("ecs-fargate", began).lost == 0
        ```
    """

    def __init__(self, aims: Mapping[str, Aim], rate: float = REQUESTS_PER_S) -> None:
        self._aims = dict(aims)
        self._interval_s = 1 / rate
        self._responses: dict[str, list[Response]] = {target: [] for target in aims}
        self._lost = 0
        self._started = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="prober", daemon=True)

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """Seconds since the prober started."""
        return time.monotonic() - self._started

    @property
    def lost(self) -> int:
        """Number of requests to all targets that were lost so far."""
        return self._lost

    def tally(self, target: str, since_s: float = 0.0) -> Tally:
        """Count one target's requests since a value of `seconds`."""
        return tally(list(self._responses[target]), since_s)

    def responses(self, target: str, since_s: float = 0.0) -> list[Response]:
        """Return one target's responses to requests that were sent since a value of `seconds`."""
        return [one for one in list(self._responses[target]) if one.sent_s >= since_s]

    async def _run(self) -> None:
        context = ssl.create_default_context()
        limits = httpx.Limits(max_keepalive_connections=None, max_connections=None)
        alone = httpx.Limits(max_keepalive_connections=0, max_connections=None)
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, verify=context, trust_env=False, limits=limits) as open_connections,
            httpx.AsyncClient(timeout=TIMEOUT_S, verify=context, trust_env=False, limits=alone) as new_connections,
            asyncio.TaskGroup() as group,
        ):
            for position, (target, aim) in enumerate(self._aims.items()):
                # The targets take turns within an interval.
                delay_s = self._interval_s * position / len(self._aims)
                group.create_task(self._probe(target, aim, delay_s, (open_connections, new_connections)))

    async def _probe(
        self, target: str, aim: Aim, delay_s: float, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
    ) -> None:
        """Send one target's requests on time, and wait for the last responses."""
        async with asyncio.TaskGroup() as group:
            for number in itertools.count():
                due_s = delay_s + number * self._interval_s
                await asyncio.sleep(max(0.0, due_s - self.seconds))
                if self._stopped.is_set():
                    return
                new_connection = number % NEW_CONNECTION_EVERY == NEW_CONNECTION_EVERY - 1
                path = aim.paths[number % len(aim.paths)]
                group.create_task(self._request(target, aim, path, clients[new_connection], new_connection))

    async def _request(self, target: str, aim: Aim, path: str, client: httpx.AsyncClient, new_connection: bool) -> None:
        sent_s, status, error = self.seconds, None, ""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                response = await client.get(f"{aim.base_url}{path}", headers=dict(aim.headers))
        except TimeoutError:
            error = f"no response within {TIMEOUT_S:.0f} s"
        except httpx.HTTPError as raised:
            error = no_response(raised) if isinstance(raised, httpx.TransportError) else str(raised)
        else:
            status = response.status_code
            error = summary(response) if status >= httpx.codes.INTERNAL_SERVER_ERROR else ""
        result = Response(
            sent_s=sent_s,
            path=path,
            new_connection=new_connection,
            status=status,
            error=error,
            duration_s=self.seconds - sent_s,
        )
        self._responses[target].append(result)
        self._lost += result.is_lost


def wait_until_quiet(
    lost: Callable[[], int],
    settle_s: float,
    timeout_s: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait until no request has been lost for a while; return whether that happened before the timeout.

    Args:
        lost: Returns the number of lost requests so far.
        settle_s: How long none may be lost, in seconds; at least this long is waited.
        timeout_s: When to stop, in seconds.
        clock: Returns seconds from any start. Default: the monotonic clock.
        sleep: Waits for a number of seconds. Default: the real thing.
    """
    started = quiet_since = clock()
    seen = lost()
    while True:
        now = clock()
        if (count := lost()) != seen:
            seen, quiet_since = count, now
        if now - quiet_since >= settle_s:
            return True
        if now - started >= timeout_s:
            return False
        sleep(0.1)
