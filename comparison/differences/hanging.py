"""Text whose further lines stand below its first: broken between words and after a slash, never cut."""

import re
import textwrap
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text


class _Wrapper(textwrap.TextWrapper):
    wordsep_re = re.compile(r"(\s+)|(?<=/)(?=\w)")


@dataclass(frozen=True)
class Hanging:
    """One line, or several that read as one."""

    start: str
    text: str
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield its lines."""
        width = max(options.max_width - len(self.start), 1)
        first, *rest = _Wrapper(width=width).wrap(self.text) or [""]
        yield Text(self.start + first, self.style)
        yield from (Text(" " * len(self.start) + line, self.style) for line in rest)
