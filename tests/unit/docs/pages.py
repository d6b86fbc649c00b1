"""The documentation pages as readers see them: headings, links, code spans and commands."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.conftest import ROOT

DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
AGENTS = ROOT / "AGENTS.md"
_COMMAND = re.compile(r"(make|cdk|aws|kubectl|python -m) [a-z]")
PAGES = [ROOT / "README.md", AGENTS, *sorted(DOCS.rglob("*.md"))]
TARGET_PAGES = sorted((DOCS / "targets").glob("*.md"))


def name(page: Path) -> str:
    """Path of a page, relative to the repository."""
    return page.relative_to(ROOT).as_posix()


@cache
def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text())


def inline(page: Path) -> Iterator[Token]:
    """Inline tokens of paragraphs, headings and tables."""
    yield from (child for token in tokens(page) for child in token.children or [])


def headings(page: Path, level: str = "h2") -> list[str]:
    found = tokens(page)
    return [
        found[at + 1].content for at, token in enumerate(found) if token.type == "heading_open" and token.tag == level
    ]


def anchors(page: Path) -> set[str]:
    """Link anchors that GitHub generates from the headings."""
    texts = [text for level in ("h1", "h2", "h3") for text in headings(page, level)]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def links(page: Path) -> list[str]:
    return [str(token.attrGet("href")) for token in inline(page) if token.type == "link_open"]


def spans(page: Path) -> list[str]:
    """Contents of code spans."""
    return [token.content for token in inline(page) if token.type == "code_inline"]


def commands(page: Path) -> list[str]:
    """Commands of a page: lines after `$ ` in `console` blocks, and code spans that look like a command."""
    return [*_console_lines(page), *(span for span in spans(page) if _COMMAND.match(span))]


def _console_lines(page: Path) -> list[str]:
    blocks = [token.content for token in tokens(page) if token.type == "fence" and token.info == "console"]
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def section(page: Path, heading: str) -> str:
    """Text of the section with this heading."""
    return page.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
