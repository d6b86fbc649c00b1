"""The page of the app's facts in Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import browsers
from tests.unit.comparison.conftest import assembly, facts, html, sizes

__all__ = ["assembly", "facts", "html", "sizes"]


@pytest.fixture(scope="session")
def page_file(html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(html, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: while it is open, an event loop runs that tests of other modules would fail on."""
    with browsers.launched() as started:
        yield started
