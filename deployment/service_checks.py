"""Checks of any service: the responses that its `service.py` declares, requested from each target."""

from collections.abc import Mapping

import httpx

from deployment.orders_client import no_response, summary
from deployment.results import Check, Outcome
from deployment.service_client import ServiceClient


def run_service_checks(client: ServiceClient, responses: Mapping[str, str]) -> list[Check]:
    """Request the declared paths; without one, `/`, which must not fail.

    Args:
        client: The target's client.
        responses: Path -> text that its response 200 contains.
    """
    return [_check(client, path, text) for path, text in responses.items()] or [_check(client, "/", None)]


def _check(client: ServiceClient, path: str, text: str | None) -> Check:
    expected = "a status below 500" if text is None else f"200 with {text}"
    try:
        response = client.get_once(path)
    except httpx.TransportError as error:
        outcome, got = Outcome.FAILED, no_response(error)
    else:
        outcome, got = _outcome(response, text), summary(response)
    return Check(name=f"GET {path}", outcome=outcome, expected=expected, got=got)


def _outcome(response: httpx.Response, text: str | None) -> Outcome:
    if text is None:
        return Outcome.FAILED if response.is_server_error else Outcome.PASSED
    return Outcome.PASSED if response.status_code == httpx.codes.OK and text in response.text else Outcome.FAILED
