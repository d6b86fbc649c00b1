"""The state of the pages that facts cite: open, moved, changed since they were read, or not to be opened."""

import datetime
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urldefrag, urlsplit

import httpx

from comparison.facts.dataset import Fact
from deployment.errors import ActionableError

TIMEOUT_SECONDS = 30.0
_PARALLEL = 4
# Some sites reject programs that do not name a browser.
_HEADERS = {"User-Agent": "Mozilla/5.0"}

State = Literal["open", "moved", "changed", "failed"]


@dataclass(frozen=True, kw_only=True)
class LinkState:
    """The state of one page.

    Attributes:
        url: its URL.
        state: "moved" to another URL, "changed" after the day on which it was read, or "failed".
        detail: the new URL, the day of the change, or the cause of the failure; "" for an open page.
        facts: IDs of the facts that cite it.
        is_reached: whether a server responded.
    """

    url: str
    state: State
    detail: str = ""
    facts: tuple[str, ...] = ()
    is_reached: bool = True


def check_links(facts: Iterable[Fact], timeout_s: float = TIMEOUT_SECONDS) -> list[LinkState]:
    """Open every page that facts cite, once.

    Raises:
        ActionableError: no server can be reached.
    """
    cited: dict[str, list[Fact]] = {}
    for fact in facts:
        for url in fact.sources:
            cited.setdefault(urldefrag(url).url, []).append(fact)
    with httpx.Client(follow_redirects=True, timeout=timeout_s, headers=_HEADERS) as client:
        # One page of each host: without a network, the command ends after these.
        hosts = {urlsplit(url).netloc: url for url in cited}
        probes = [_check(client, url, cited[url]) for url in hosts.values()]
        if probes and not any(found.is_reached for found in probes):
            raise ActionableError(
                "no page can be opened",
                f"{probes[0].url}: {probes[0].detail}",
                "check the network and HTTPS_PROXY; without --check-links, the command needs no network",
            )
        known = {found.url: found for found in probes}
        with ThreadPoolExecutor(_PARALLEL) as pool:
            found = pool.map(lambda url: known.get(url) or _check(client, url, cited[url]), cited)
            return list(found)


def _check(client: httpx.Client, url: str, facts: list[Fact]) -> LinkState:
    ids = tuple(fact.id for fact in facts)
    oldest = min((fact.checked_on for fact in facts if fact.checked_on), default="")
    try:
        # The headers say enough: the page itself is not read.
        with client.stream("GET", url) as response:
            state, detail = state_of(url, str(response.url), response.status_code, response.headers, oldest)
    except httpx.HTTPError as error:
        cause = str(error) or type(error).__name__
        return LinkState(url=url, state="failed", detail=cause, facts=ids, is_reached=False)
    return LinkState(url=url, state=state, detail=detail, facts=ids)


def state_of(
    url: str, final_url: str, status: int, headers: Mapping[str, str], checked_on: str = ""
) -> tuple[State, str]:
    """Return the state of a page, and its detail.

    Args:
        url: URL of the page.
        final_url: URL after redirects.
        status: HTTP status of the last response.
        headers: headers of that response.
        checked_on: the oldest day on which the page was read, ISO 8601. Default: unknown.
    """
    if status >= 400:
        return "failed", f"HTTP status {status}"
    if _page(final_url) != _page(url):
        return "moved", final_url
    modified = _day(headers.get("last-modified", ""))
    if checked_on and modified and modified > checked_on:
        return "changed", modified
    return "open", ""


def _page(url: str) -> str:
    return urldefrag(url).url.rstrip("/").lower()


def _day(date: str) -> str:
    """The day of an HTTP date in UTC; "" for none."""
    try:
        return parsedate_to_datetime(date).astimezone(datetime.UTC).date().isoformat()
    except ValueError:
        return ""
