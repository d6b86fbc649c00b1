"""The contract of the orders API, asked of one target: named checks, each with what was expected and what came back."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from deployment.contract.conversation import Conversation, faulty_body, no_answer, order_body, short
from deployment.results import Check, Outcome

PROBLEM = "application/problem+json"
UNKNOWN_ORDER = "ord_00000000000000000000000000"


@dataclass
class Visit:
    """One round of checks with a target: what later checks need from earlier ones.

    Attributes:
        order: the order that was placed; empty when none could be.
        silent: why nothing more is asked: a target that hangs would hold up the run once a question.
    """

    talk: Conversation
    key: str = field(default_factory=lambda: f"local-run-{secrets.token_hex(8)}")
    order: dict[str, Any] = field(default_factory=dict)
    silent: str = ""

    @property
    def order_path(self) -> str:
        """Path of the order that was placed."""
        return f"/orders/{self.order['id']}"


Answer = tuple[bool, str]


@dataclass(frozen=True)
class Question:
    """One check before it is asked; `needs_order` ones are not asked when no order could be placed."""

    name: str
    expected: str
    ask: Callable[[Visit], Answer]
    needs_order: bool = False


def ask_all(talk: Conversation) -> list[Check]:
    """Ask everything the contract promises; never raises for what a target answers or fails to answer."""
    visit = Visit(talk)
    return [_ask(question, visit) for question in QUESTIONS]


def _ask(question: Question, visit: Visit) -> Check:
    unasked = visit.silent or ("no order could be placed" if question.needs_order and not visit.order else "")
    if unasked:
        return Check(name=question.name, outcome=Outcome.NOT_RUN, expected=question.expected, reason=unasked)
    try:
        right, got = question.ask(visit)
    except httpx.TransportError as error:
        right, got = False, no_answer(error)
        visit.silent = f"it gave no answer to {question.name!r}"
    outcome = Outcome.PASSED if right else Outcome.FAILED
    return Check(name=question.name, outcome=outcome, expected=question.expected, got=got)


def _place(visit: Visit) -> Answer:
    response = visit.talk.post(order_body(), idempotency_key=visit.key)
    body = _json(response)
    if response.status_code == httpx.codes.CREATED and body.get("id"):
        visit.order = body
        return True, f"201 {body['id']}"
    return False, short(response)


def _read(visit: Visit) -> Answer:
    response = visit.talk.get(visit.order_path)
    body = _json(response)
    # Its status may have moved on by now: the workflow runs.
    same = all(body.get(name) == visit.order.get(name) for name in ("id", "customer", "currency", "lines"))
    return response.status_code == httpx.codes.OK and same, short(response)


def _no_token(visit: Visit) -> Answer:
    response = visit.talk.http.get(visit.order_path)
    return response.status_code == httpx.codes.UNAUTHORIZED, short(response)


def _wrong_token(visit: Visit) -> Answer:
    response = visit.talk.get(visit.order_path, authorization="Bearer not-the-token")
    return response.status_code == httpx.codes.UNAUTHORIZED, short(response)


def _same_key(visit: Visit) -> Answer:
    response = visit.talk.post(order_body(), idempotency_key=visit.key)
    body = _json(response)
    return response.is_success and body.get("id") == visit.order["id"], f"{response.status_code} {body.get('id', '')}"


def _other_body(visit: Visit) -> Answer:
    response = visit.talk.post(order_body(quantity=3), idempotency_key=visit.key)
    return response.status_code == httpx.codes.UNPROCESSABLE_ENTITY and _is_problem(response), short(response)


def _faults(visit: Visit) -> Answer:
    body, fields = faulty_body()
    response = visit.talk.post(body)
    unnamed = _unnamed(fields, (str(fault.get("field")) for fault in _json(response).get("faults", [])))
    if unnamed:
        return False, f"{short(response)} does not name {', '.join(unnamed)}"
    is_right = response.is_client_error and _is_problem(response)
    return is_right, f"{response.status_code}, names {', '.join(fields)}"


def _unknown_order(visit: Visit) -> Answer:
    response = visit.talk.get(f"/orders/{UNKNOWN_ORDER}")
    return response.status_code == httpx.codes.NOT_FOUND and _is_problem(response), short(response)


def _unnamed(fields: Iterable[str], faults: Iterable[str]) -> list[str]:
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


QUESTIONS: tuple[Question, ...] = (
    Question("place an order", "201 and the order's id", _place),
    Question("read it back", "200 and the same order", _read, needs_order=True),
    Question("no token refused", "401", _no_token, needs_order=True),
    Question("wrong token refused", "401", _wrong_token, needs_order=True),
    Question("same key, same order", "the order that was placed first", _same_key, needs_order=True),
    Question("same key, other body refused", f"422 {PROBLEM}", _other_body, needs_order=True),
    Question("bad body refused, all faults named", f"4xx {PROBLEM} naming every field at fault", _faults),
    Question("unknown order", f"404 {PROBLEM}", _unknown_order),
)
