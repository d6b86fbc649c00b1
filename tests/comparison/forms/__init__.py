"""Every form of the facts taken apart again: what it is about -> what it says, letter by letter."""

from .data import of_json
from .facts import measured, of_facts
from .markdown import of_markdown
from .page import of_page, rows_of
from .readme import of_readme
from .said import FOLLOWED, Said
from .terminal import of_terminal

__all__ = [
    "FOLLOWED",
    "Said",
    "measured",
    "of_facts",
    "of_json",
    "of_markdown",
    "of_page",
    "of_readme",
    "of_terminal",
    "rows_of",
]
