"""Addresses outside: well formed, of known hosts, spelled in one way; `pytest -m outside_links` opens all of them."""

import re
from collections import defaultdict
from urllib.parse import urlsplit

import httpx
import pytest

from tests.docs import outside

PAGES = sorted({outside.page_of(address) for address in outside.addresses()})
SECONDS = 30


def test_there_are_some() -> None:
    assert len(PAGES) > 100
    assert (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-advanced-customization.html"
        in PAGES
    )


@pytest.mark.parametrize("address", sorted(outside.addresses()))
def test_an_address_is_a_page_of_somebody_known(address: str) -> None:
    parts = urlsplit(address)
    files = outside.addresses()[address]
    assert parts.scheme == "https", files
    assert parts.netloc in outside.HOSTS, files
    assert re.fullmatch(r"/[\w./~%@-]*", parts.path), files
    assert "//" not in parts.path, files
    assert re.fullmatch(r"([\w-]+=[\w.%-]*&?)*", parts.query), files
    assert re.fullmatch(r"[\w.:-]*", parts.fragment), files
    assert not re.search(r"utm_|sc_channel|trk=", parts.query), files


def test_no_host_is_left_over() -> None:
    assert {urlsplit(address).netloc for address in outside.addresses()} == outside.HOSTS


def test_a_page_that_is_named_in_several_places_is_spelled_the_same() -> None:
    spellings = defaultdict(set)
    for page in PAGES:
        spellings[outside.alike(page)].add(page)
    assert [found for found in spellings.values() if len(found) > 1] == []


@pytest.mark.parametrize(
    "other",
    [
        "http://docs.aws.amazon.com/a/b.html",
        "https://www.docs.aws.amazon.com/a/b.html",
        "https://docs.aws.amazon.com/A/b.html",
        "https://docs.aws.amazon.com/a/b.html/",
        "https://docs.aws.amazon.com/a/b.html#part",
        "https://docs.aws.amazon.com/a/b.html?x=1",
    ],
)
def test_another_spelling_of_a_page_would_be_found(other: str) -> None:
    assert outside.alike(other) == outside.alike("https://docs.aws.amazon.com/a/b.html")


@pytest.mark.outside_links
@pytest.mark.parametrize("page", PAGES)
def test_a_page_outside_is_there(page: str) -> None:
    """And has the places that addresses point to, where its own text names them."""
    answer = httpx.get(page, follow_redirects=True, timeout=SECONDS, headers={"User-Agent": "Mozilla/5.0"})
    assert answer.status_code == 200, f"{page}, named in {outside.addresses().get(page)}"
    assert urlsplit(str(answer.url)).netloc in outside.HOSTS, f"{page} leads to {answer.url}"
    places = {urlsplit(one).fragment for one in outside.addresses() if outside.page_of(one) == page} - {""}
    if urlsplit(page).netloc != "github.com":
        assert [place for place in places if f'"{place}"' not in answer.text] == []
