"""Load on the run's own service: at most 50 requests/s for 10 minutes, and no other URL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from deployment.errors import ActionableError

MAX_RATE, MAX_SECONDS = 50.0, 600.0
TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class BoundedLoad:
    """Requests to one URL within fixed limits; values outside of them are rejected.

    Attributes:
        url: the URL.
        own_urls: URLs of the run's own stacks; the load goes to none else.
        rate: requests per second, at most 50.
        seconds: how long, at most 600.
        headers: headers of each request. Default: none.
    """

    url: str
    own_urls: Collection[str]
    rate: float
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Reject a load outside the limits.

        Raises:
            ActionableError: the rate or the duration is too high, or the URL belongs to others.
        """
        if not 0 < self.rate <= MAX_RATE:
            _reject(f"{self.rate:g} requests/s", f"at most {MAX_RATE:g} requests/s")
        if not 0 < self.seconds <= MAX_SECONDS:
            _reject(f"{self.seconds:g} seconds", f"at most {MAX_SECONDS:g} seconds")
        if _origin(self.url) not in {_origin(own) for own in self.own_urls}:
            _reject("a URL that no stack of the run has", "the URLs in the outputs of the run's stacks")

    @property
    def requests(self) -> int:
        """Number of requests."""
        return int(self.rate * self.seconds)

    async def send(
        self,
        request: Callable[[str], Awaitable[object]],
        *,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        is_enough: Callable[[], bool] = lambda: False,
    ) -> int:
        """Send the requests at the rate, and return how many were sent. A slow response delays no other request.

        Args:
            request: sends one request to a URL.
            now: returns seconds of a monotonic clock.
            sleep: waits for a number of seconds.
            is_enough: whether to stop now. Default: never.
        """
        started, sent = now(), 0
        async with asyncio.TaskGroup() as group:
            while sent < self.requests and now() - started < self.seconds and not is_enough():
                group.create_task(_ignoring_errors(request, self.url))
                sent += 1
                # Late requests are not made up for: that would exceed the rate.
                await sleep(1 / self.rate)
        return sent


async def _ignoring_errors(request: Callable[[str], Awaitable[object]], url: str) -> None:
    try:
        await request(url)
    except httpx.HTTPError:
        # A service under load may respond late; the drill is about its scaling.
        return


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _reject(value: str, allowed: str) -> None:
    raise ActionableError(f"the load was not sent: {value}", f"allowed: {allowed}", "change the drill")
