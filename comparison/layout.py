"""Parts of a screen that fit it: where it is narrow, they are laid out in another way, and nothing is cut."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

_AMPLE = 1000


@dataclass(frozen=True)
class FirstThatFits:
    """The first of some layouts that the console is wide enough for; the last one where it is for none."""

    layouts: Sequence[RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the layout."""
        ample = options.update(width=_AMPLE)
        fitting = (each for each in self.layouts if console.measure(each, options=ample).maximum <= options.max_width)
        yield next(fitting, self.layouts[-1])


def columns(headings: Sequence[str], rows: Iterable[Sequence[str]], words: Container[str], gap: int = 2) -> Table:
    """Return a table; columns with these headings hold words and begin at the left, the others hold figures."""
    table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in words else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def bullets(lines: Iterable[str], bullet: str = "·", style: str = "dim") -> Table:
    """Return a list whose lines go on below their own beginning, not below the bullet."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(style=style)
    grid.add_column(overflow="fold", style=style)
    for line in lines:
        grid.add_row(bullet, Text(line))
    return grid
