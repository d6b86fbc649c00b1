"""The pages as readers see them: headings, links, names in backticks, and the commands that they may paste."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.conftest import ROOT

DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
_TO_RUN = re.compile(r"(make|cdk|aws|kubectl|python -m) [a-z]")
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
TARGET_PAGES = sorted((DOCS / "targets").glob("*.md"))


def name(page: Path) -> str:
    """The page's path from the top."""
    return page.relative_to(ROOT).as_posix()


@cache
def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text())


def inline(page: Path) -> Iterator[Token]:
    """What stands in running text, headings and tables."""
    yield from (child for token in tokens(page) for child in token.children or [])


def headings(page: Path, level: str = "h2") -> list[str]:
    found = tokens(page)
    return [
        found[at + 1].content for at, token in enumerate(found) if token.type == "heading_open" and token.tag == level
    ]


def anchors(page: Path) -> set[str]:
    """What links may point to, as GitHub makes it of headings."""
    texts = [text for level in ("h1", "h2", "h3") for text in headings(page, level)]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def links(page: Path) -> list[str]:
    return [str(token.attrGet("href")) for token in inline(page) if token.type == "link_open"]


def spans(page: Path) -> list[str]:
    """What stands in backticks."""
    return [token.content for token in inline(page) if token.type == "code_inline"]


def commands(page: Path) -> list[str]:
    """Every command of the page: in `console` blocks what follows `$ `, and what looks like one in backticks."""
    return [*_pasted(page), *(span for span in spans(page) if _TO_RUN.match(span))]


def _pasted(page: Path) -> list[str]:
    blocks = [token.content for token in tokens(page) if token.type == "fence" and token.info == "console"]
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def section(page: Path, heading: str) -> str:
    """The text below a heading."""
    return page.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
