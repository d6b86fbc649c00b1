"""Everything on the terminal: answers, costs, and each table of the matrix a target at a time."""

from collections.abc import Iterator
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from comparison.facts import Facts, Table
from comparison.facts.costs import thresholds
from comparison.formats.short import as_short_terminal
from comparison.wording import counted, dollars

# As wide as the longest name of a column, with its indent.
NAMES = 28


def as_terminal(facts: Facts) -> RenderableType:
    """Render everything."""
    parts: list[RenderableType] = [as_short_terminal([target.row for target in facts.targets])]
    for answer in facts.answers:
        parts += [Text(f"\n{answer.question} {answer.headline}", "bold"), Text(answer.sentence)]
        parts += [Text(answer.assumes, "dim")] if answer.assumes else []
    parts += _costs(facts)
    for table in facts.tables:
        parts += _table(table)
    return Group(*parts)


def _costs(facts: Facts) -> Iterator[RenderableType]:
    yield Text("\nWhat a month costs", "bold")
    grid = Grid(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in ("target", "of the load", "idle", "copies under load"):
        justify: Literal["right", "left"] = "right" if heading in ("of the load", "idle") else "left"
        grid.add_column(heading, justify=justify, overflow="fold")
    for one in facts.costs.estimates:
        usd = "–" if one.usd is None else dollars(one.usd)
        grid.add_row(one.target, usd, dollars(one.idle_usd), one.why_not or counted(one.copies, one.counted))
    yield grid
    yield Text(thresholds(facts.costs), "dim")


def _table(table: Table) -> Iterator[RenderableType]:
    yield Text(f"\n{table.title}", "bold")
    for target, cells in table.rows.items():
        grid = Grid.grid(padding=(0, 2, 0, 0))
        grid.add_column(min_width=NAMES, max_width=NAMES, style="dim")
        grid.add_column(overflow="fold")
        shown = list(zip(table.columns, cells, strict=True))
        if table.id == "contract":
            fixed = [(column, cell) for column, cell in shown if cell.origin == "construct"]
            shown = fixed
            if not fixed:
                grid.add_row("  everything", "followed")
        for column, cell in shown:
            grid.add_row(f"  {column}", cell.text)
        yield Text(target)
        yield grid
    yield Text(table.how_to_read, "dim")
