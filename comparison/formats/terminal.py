"""The terminal format: tables that fit the width, or continue below; nothing is truncated."""

import os
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console, ConsoleOptions, Group, JustifyMethod, RenderableType, RenderResult
from rich.table import Table as Grid
from rich.text import Text

from comparison.document import Block, Column, Document, Item, Listing, Paragraph, Table
from deployment.console import make_console

MAX_WIDTH = 120
RECORD_NAME_WIDTH = 28
# On a pipe, such as to grep, a value stays on one line.
_UNLIMITED = 100_000
_AMPLE = 1000


def make_wide_console(file: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> Console:
    """Return a console as wide as the terminal, up to `MAX_WIDTH`; without a terminal it does not wrap."""
    console = make_console(file, environment)
    width = min(Console(file=file, _environ=environment).width, MAX_WIDTH) if console.is_terminal else _UNLIMITED
    console.width = width
    return console


def render(document: Document) -> RenderableType:
    """Render a document."""
    parts: list[RenderableType] = []
    for section in document.sections:
        if parts and section.title:
            parts.append("")
        if section.title:
            parts.append(Text(section.title, "bold"))
        for number, block in enumerate(section.blocks):
            if number and isinstance(block, Table):
                parts.append("")
            parts += _block(block)
    return Group(*parts)


def _block(block: Block) -> Iterator[RenderableType]:
    if isinstance(block, Paragraph):
        yield Text(block.text, "dim" if block.is_note else "")
    elif isinstance(block, Table):
        yield from _records(block) if block.is_records else _table(block)
        if block.note:
            yield Text(block.note, "dim")
    else:
        if isinstance(block, Listing):
            yield Text(block.caption)
        yield from map(_Hanging, block.items)


def _table(table: Table) -> Iterator[RenderableType]:
    """The first layout that fits: wider or narrower gaps, headings in one line or two, one table or two."""
    broken = [re.sub(r", | (?=\w)", lambda found: f"{found[0].strip()}\n", column.heading) for column in table.columns]
    layouts: list[RenderableType] = [_grid(table, gap=2), _grid(table, gap=1)]
    if table.details_from:
        months = table.select(range(table.details_from))
        details = table.select([0, *range(table.details_from, len(table.columns))])
        layouts.append(Group(_grid(months, gap=2), "", Text(table.details_caption, "dim"), _grid(details, gap=1)))
    else:
        layouts += [_grid(table, gap=2, headings=broken), _grid(table, gap=1, headings=broken)]
    yield _FirstThatFits(layouts)


def _grid(table: Table, *, gap: int, headings: Sequence[str] = ()) -> Grid:
    names = headings or [column.heading for column in table.columns]
    grid = Grid(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="dim", show_header=any(names))
    for column, name in zip(table.columns, names, strict=True):
        justify: JustifyMethod = "right" if column.is_number else "left"
        grid.add_column(name, justify=justify, overflow="fold", min_width=column.min_width)
    for row in table.rows:
        grid.add_row(*(Text(cell.text) for cell in row))
    return grid


def _records(table: Table) -> Iterator[RenderableType]:
    """Below the first cell of each row one line for each of the others."""
    for name, *cells in table.rows:
        yield Text(name.text)
        grid = Grid.grid(padding=(0, 2, 0, 0))
        grid.add_column(min_width=RECORD_NAME_WIDTH, max_width=RECORD_NAME_WIDTH, style="dim")
        grid.add_column(overflow="fold")
        columns: Sequence[Column] = table.columns[1:]
        for column, cell in zip(columns, cells, strict=True):
            grid.add_row(f"  {column.heading}", Text(";\n".join(cell.entries) or cell.text))
        yield grid


@dataclass(frozen=True)
class _FirstThatFits:
    """The first layout that fits the console's width; the last one if none does."""

    layouts: Sequence[RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the layout."""
        ample = options.update(width=_AMPLE)
        fitting = (each for each in self.layouts if console.measure(each, options=ample).maximum <= options.max_width)
        yield next(fitting, self.layouts[-1])


class _Wrapper(textwrap.TextWrapper):
    """Wraps between words and after a slash."""

    wordsep_re = re.compile(r"(\s+)|(?<=/)(?=\w)")


@dataclass(frozen=True)
class _Hanging:
    """An item whose further lines are indented by its marker."""

    item: Item

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield its lines."""
        marker, style = self.item.marker, self.item.style
        width = max(options.max_width - len(marker), 1)
        first, *rest = _Wrapper(width=width).wrap(self.item.text) or [""]
        yield Text(marker + first, style)
        yield from (Text(" " * len(marker) + line, style) for line in rest)
