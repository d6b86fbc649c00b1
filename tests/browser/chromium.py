"""Chromium, driven by Playwright, without network access; every page has a profile of its own."""

import functools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def require() -> None:
    """Skip the test if there is no Chromium; fail it if CI=true, where no test may be skipped."""
    if _executable() is None:
        reason = "no Chromium; install it: .ci/browser"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, file: Path, *, width: int = 1280, height: int = 900, **how: Any) -> Iterator[Page]:
    """Open a file; the page has what it `requested` and its `complaints`: console messages and errors.

    Args:
        browser: from `launched`.
        file: what to open.
        width: of the window, in pixels.
        height: of the window, in pixels.
        how: further settings of Playwright's context, such as `color_scheme`.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, **how)
    page = context.new_page()
    page.requested, page.complaints = [], []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.requested.append(request.url))  # type: ignore[attr-defined]
    page.on("console", lambda message: page.complaints.append(message.text))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    page.goto(file.resolve().as_uri())
    try:
        yield page
    finally:
        context.close()


@functools.cache
def _executable() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)
