"""The table in the documentation, between two markers, on the page that has them."""

import re
from pathlib import Path

from benchmarks.workflow.burst_table import markdown, rows
from benchmarks.workflow.policy import Workflow

DOCS = Path(__file__).parents[2] / "docs"
_BEGIN, _END = "<!-- bursts -->", "<!-- /bursts -->"
_PART = re.compile(f"{_BEGIN}.*?{_END}", re.DOTALL)


def page_with_table(docs: Path = DOCS) -> Path:
    """Return the page that has the table.

    Raises:
        ValueError: No page has the two markers, or several have them.
    """
    pages = [page for page in sorted(docs.glob("*.md")) if _PART.search(page.read_text())]
    if len(pages) != 1:
        names = ", ".join(page.name for page in pages) or "none"
        raise ValueError(f"the markers {_BEGIN} and {_END} are on {len(pages)} pages ({names}). Add them to one page.")
    return pages[0]


def with_table(page: str, workflow: Workflow) -> str:
    """Return a page with the current table."""
    return _PART.sub(f"{_BEGIN}\n{markdown(rows(workflow))}\n{_END}", page)


def write(workflow: Workflow, docs: Path = DOCS) -> Path:
    """Write the current table, and return its page."""
    page = page_with_table(docs)
    page.write_text(with_table(page.read_text(), workflow))
    return page
