"""Placing orders at targets, the last one larger than what there is."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from deployment.contract.conversation import Conversation, new_trace_header, no_answer, order_body, short
from deployment.errors import ActionableError

ORDERS = 12
UNFULFILLABLE_QUANTITY = 5000  # the service has 1 000 of everything


@dataclass(frozen=True)
class Placed:
    """One order that a target took, and the status in which it has to end."""

    id: str
    target: str
    trace_id: str
    expected: str


def place(talks: Mapping[str, Conversation], orders: int = ORDERS) -> list[Placed]:
    """Place orders at the targets in turn; the last one asks for more than there is.

    Raises:
        ActionableError: a target did not take one.
    """
    turns = itertools.islice(itertools.cycle(talks.items()), orders)
    return [_place_one(target, talk, last=number == orders) for number, (target, talk) in enumerate(turns, start=1)]


def _place_one(target: str, talk: Conversation, *, last: bool) -> Placed:
    trace_id, header = new_trace_header()
    fix = f"python -m local_aws logs {target}"
    body = order_body(UNFULFILLABLE_QUANTITY) if last else order_body()
    try:
        response = talk.post(body, x_amzn_trace_id=header)
    except httpx.TransportError as error:
        raise ActionableError(f"{target} did not take an order", no_answer(error), fix) from None
    if response.status_code != httpx.codes.CREATED:
        raise ActionableError(f"{target} did not take an order", f"it answered {short(response)}", fix)
    return Placed(response.json()["id"], target, trace_id, "REJECTED" if last else "FULFILLED")
