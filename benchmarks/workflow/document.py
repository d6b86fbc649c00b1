"""The table in the documentation, between two markers."""

import re
from pathlib import Path

from benchmarks.workflow.policy import Workflow
from benchmarks.workflow.table import markdown, rows

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/operating-the-workflow.md")
_BEGIN, _END = "<!-- bursts -->", "<!-- /bursts -->"
_PART = re.compile(f"{_BEGIN}.*?{_END}", re.DOTALL)


def with_table(page: str, workflow: Workflow) -> str:
    """Return a page with the current table.

    Raises:
        ValueError: The page does not have the two markers once.
    """
    if len(_PART.findall(page)) != 1:
        raise ValueError(f"the page has no part between {_BEGIN} and {_END}, or several. Add the markers once.")
    return _PART.sub(f"{_BEGIN}\n{markdown(rows(workflow))}\n{_END}", page)


def write(workflow: Workflow, page: Path = ROOT / PAGE) -> None:
    """Write the current table to a page."""
    page.write_text(with_table(page.read_text(), workflow))
