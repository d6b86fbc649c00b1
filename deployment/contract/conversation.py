"""One client of the orders API: what it sends, and what it got back in a few words."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from deployment.deployed import Deployed
from local_aws.reach import request_target

ANSWER_WITHIN_S = 15.0
READY_WITHIN_S = 60.0


@dataclass(frozen=True)
class Conversation:
    """Talks to one target.

    Attributes:
        http: a client whose base URL and headers lead to the target.
        token: the API token of the service.
    """

    http: httpx.Client
    token: str = field(repr=False)

    def post(self, body: Mapping[str, Any], **headers: str) -> httpx.Response:
        """Place an order; header names are written with underscores."""
        return self.http.post("/orders", json=body, headers=self._headers(headers))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Read something; header names are written with underscores."""
        return self.http.get(path, headers=self._headers(headers))

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in given.items()}
        return {"authorization": f"Bearer {self.token}", **named}


def open_conversation(base_url: str, headers: Mapping[str, str], token: str) -> Conversation:
    """Return a conversation with what answers at a base URL; close its `http` afterwards."""
    client = httpx.Client(base_url=base_url, headers=dict(headers), timeout=ANSWER_WITHIN_S, trust_env=False)
    return Conversation(client, token)


def talk_to(deployed: Deployed, target: str, token: str) -> Conversation:
    """Open a conversation with a deployed target; close its `http` afterwards."""
    url = deployed.stacks[deployed.assembly.targets[target].stack].outputs["Url"]
    return open_conversation(*request_target(deployed.running, url), token)


def order_body(quantity: int = 2) -> dict[str, Any]:
    """Return a body that the API accepts; two calls give the same body."""
    lines = [
        {"sku": "tea-250g", "quantity": quantity, "unit_price_minor": 450},
        {"sku": "cup-blue", "quantity": 1, "unit_price_minor": 1250},
    ]
    return {"customer": "local-run", "currency": "EUR", "lines": lines}


def faulty_body() -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a body with a fault in each of several places, and the names of the fields at fault."""
    body = {"customer": "", "currency": "euro", "lines": [{"sku": "tea-250g", "quantity": 0, "unit_price_minor": 450}]}
    return body, ("customer", "currency", "quantity")


def new_trace_header() -> tuple[str, str]:
    """Return a fresh trace id in X-Ray's form, and the X-Amzn-Trace-Id value that asks for its trace to be kept."""
    trace_id = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return trace_id, f"Root={trace_id};Parent={secrets.token_hex(8)};Sampled=1"


def short(response: httpx.Response) -> str:
    """Return an answer in one line: its status and the beginning of its body."""
    text = " ".join(response.text.split())
    return f"{response.status_code} {text[:80]}".rstrip()


def seconds_until_ready(
    talk: Conversation,
    *,
    within_s: float = READY_WITHIN_S,
    clock: Callable[[], float] = time.monotonic,
    stopped: Callable[[float], object],
) -> tuple[float | None, str]:
    """Ask `/readyz` until it answers 200.

    Args:
        talk: whom to ask.
        within_s: when to give up.
        clock: seconds, from any start.
        stopped: waits so many seconds and returns whether to give up now, as `threading.Event.wait` does.

    Returns:
        The seconds that took (None: it never did), and the last answer in a few words.
    """
    started, pause, last = clock(), 0.05, "nothing was asked"
    while (left := within_s - (clock() - started)) > 0:
        try:
            response = talk.http.get("/readyz", timeout=min(5.0, left))
        except httpx.TransportError as error:
            last = no_answer(error)
        else:
            if response.status_code == httpx.codes.OK:
                return clock() - started, "200"
            last = short(response)
        if stopped(pause):
            break
        pause = min(pause * 2, 1.0)
    return None, last


def no_answer(error: httpx.TransportError) -> str:
    """Return why no answer came, in a few words."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return f"no answer: {error}" if str(error) else f"no answer: {type(error).__name__}"
