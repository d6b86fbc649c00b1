"""External URLs are well-formed, on known hosts and spelled in one way; `pytest -m outside_links` opens all of them."""

import re
from collections import defaultdict
from urllib.parse import urlsplit

import httpx
import pytest

from tests.unit.docs import external_links

PAGES = sorted({external_links.page_of(url) for url in external_links.urls()})
TIMEOUT_SECONDS = 30


def test_external_links_are_found() -> None:
    assert len(PAGES) > 100
    assert (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-advanced-customization.html"
        in PAGES
    )


@pytest.mark.parametrize("url", sorted(external_links.urls()))
def test_a_url_is_well_formed_and_on_a_known_host(url: str) -> None:
    parts = urlsplit(url)
    files = external_links.urls()[url]
    assert parts.scheme == "https", files
    assert parts.netloc in external_links.HOSTS, files
    assert re.fullmatch(r"/[\w./~%@-]*", parts.path), files
    assert "//" not in parts.path, files
    assert re.fullmatch(r"([\w-]+=[\w.%-]*&?)*", parts.query), files
    assert re.fullmatch(r"[\w.:-]*", parts.fragment), files
    assert not re.search(r"utm_|sc_channel|trk=", parts.query), files


def test_every_known_host_is_used() -> None:
    assert {urlsplit(url).netloc for url in external_links.urls()} == external_links.HOSTS


def test_a_page_is_spelled_the_same_everywhere() -> None:
    spellings = defaultdict(set)
    for page in PAGES:
        spellings[external_links.normalized(page)].add(page)
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
def test_another_spelling_of_a_url_is_found(other: str) -> None:
    assert external_links.normalized(other) == external_links.normalized("https://docs.aws.amazon.com/a/b.html")


@pytest.mark.outside_links
@pytest.mark.parametrize("page", PAGES)
def test_an_external_page_exists(page: str) -> None:
    """It contains every fragment that links use, except on GitHub, where scripts create fragments."""
    response = httpx.get(page, follow_redirects=True, timeout=TIMEOUT_SECONDS, headers={"User-Agent": "Mozilla/5.0"})
    assert response.status_code == 200, f"{page}, used in {external_links.urls().get(page)}"
    assert urlsplit(str(response.url)).netloc in external_links.HOSTS, f"{page} redirects to {response.url}"
    fragments = {urlsplit(url).fragment for url in external_links.urls() if external_links.page_of(url) == page} - {""}
    if urlsplit(page).netloc != "github.com":
        assert [fragment for fragment in fragments if f'"{fragment}"' not in response.text] == []
