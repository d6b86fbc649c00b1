"""The comparison of all targets: templates, cost and the results of the last local run.

`python -m comparison --help` lists its commands; a program that runs the app uses the names below.
"""

from rich.console import RenderableType

from comparison import page
from comparison.facts import Facts, gather
from comparison.formats import terminal
from comparison.overview import closing_document

__all__ = ["closing_table", "gather", "page"]


def closing_table(facts: Facts) -> RenderableType:
    """Render what the report of a local run does not show yet: resources, lines and latency of each target."""
    return terminal.render(closing_document(facts))
