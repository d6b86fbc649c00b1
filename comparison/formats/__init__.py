"""The forms that facts take outside the page."""

from .data import as_json
from .markdown import as_markdown
from .short import as_closing, as_short_terminal, fixed_as_markdown, targets_as_markdown
from .terminal import as_terminal

__all__ = [
    "as_closing",
    "as_json",
    "as_markdown",
    "as_short_terminal",
    "as_terminal",
    "fixed_as_markdown",
    "targets_as_markdown",
]
