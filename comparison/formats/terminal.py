"""Everything on the terminal: answers, costs, and each table of the matrix a target at a time."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from comparison.costs import sentences
from comparison.facts import Facts, Table
from comparison.facts.costs import ASSUMED, BY_SIZE, monthly_usd_by_size, thresholds
from comparison.facts.matrix import SUPPORTED
from comparison.formats.short import as_short_terminal
from comparison.layout import FirstThatFits, bullets, columns
from comparison.wording import counted, dollars, dollars_or_none

# As wide as the longest name of a column, with its indent.
NAMES = 28


def as_terminal(facts: Facts) -> RenderableType:
    """Render everything."""
    parts: list[RenderableType] = [as_short_terminal(facts.targets)]
    for answer in facts.answers:
        parts += [Text(f"\n{answer.question} {answer.headline}", "bold"), Text(answer.sentence)]
        parts += [Text(answer.assumptions, "dim")] if answer.assumptions else []
    parts += [*_costs(facts), *_sizes(facts), *_assumed(facts)]
    for table in facts.tables:
        parts += _table(table)
    return Group(*parts)


def _costs(facts: Facts) -> Iterator[RenderableType]:
    yield Text("\nWhat a month costs", "bold")
    rows = [
        (
            one.target,
            dollars_or_none(one.usd),
            dollars(one.idle_usd),
            one.unsupported_reason or counted(one.replicas, one.replica_type),
        )
        for one in facts.costs.estimates
    ]
    yield columns(("target", "of the load", "idle", "copies under load"), rows, ("target", "copies under load"))
    yield Text(thresholds(facts.costs), "dim")


def _sizes(facts: Facts) -> Iterator[RenderableType]:
    if len(facts.sizes) == 1:
        return
    yield Text(f"\n{BY_SIZE}", "bold")
    months = monthly_usd_by_size(facts.costs.usage, facts.sizes)
    rows = [(target, *map(dollars_or_none, usd)) for target, usd in months.items()]
    named = ["target", *(size.name for size in facts.sizes)]
    broken = [name.replace(", ", ",\n") for name in named]
    yield FirstThatFits([columns(each, rows, ("target",)) for each in (named, broken)])


def _assumed(facts: Facts) -> Iterator[RenderableType]:
    yield Text(f"\n{ASSUMED}", "bold")
    yield columns(("the default load", ""), list(sentences.inputs(facts.costs.usage)), ("the default load",))
    yield bullets(sentences.of_everything_assumed(facts.costs))


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
                grid.add_row("  everything", SUPPORTED)
        for column, cell in shown:
            grid.add_row(f"  {column}", ";\n".join(cell.entries) or cell.text)
        yield Text(target)
        yield grid
    yield Text(table.how_to_read, "dim")
