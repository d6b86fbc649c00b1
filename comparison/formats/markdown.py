"""Everything that is the same on every machine, as Markdown."""

import re
from collections.abc import Iterable, Iterator, Sequence

from comparison.costs import sentences
from comparison.facts import Facts, Table
from comparison.facts.costs import ASSUMED, BY_SIZE, assumptions, monthly_usd_by_size, thresholds
from comparison.formats.short import fixed_as_markdown, targets_as_markdown
from comparison.wording import counted, dollars, dollars_or_none


def as_markdown(facts: Facts) -> str:
    """Return targets, costs and matrix; what one machine measured is left out."""
    rows = facts.targets
    parts = [
        targets_as_markdown(rows, facts.costs.idle_usd),
        *_costs(facts),
        *_sizes(facts),
        *_assumed(facts),
        f"## {facts.tables[0].title}",
        fixed_as_markdown(rows),
    ]
    for table in facts.tables[1:]:
        parts += [f"## {table.title}", _table(*_without_measured(table)), table.how_to_read]
    return "\n\n".join(parts)


def _costs(facts: Facts) -> Iterator[str]:
    found = facts.costs
    yield "## What a month costs"
    yield _table(
        ("target", "a month of the load", "idle", "copies under load"),
        [
            (
                f"`{one.target}`",
                dollars_or_none(one.usd),
                dollars(one.idle_usd),
                one.unsupported_reason or counted(one.replicas, one.replica_type),
            )
            for one in found.estimates
        ],
    )
    yield f"The load: {assumptions(found, found.usage)}. {thresholds(found)}"


def _sizes(facts: Facts) -> Iterator[str]:
    if len(facts.sizes) > 1:
        months = monthly_usd_by_size(facts.costs.usage, facts.sizes)
        yield f"## {BY_SIZE}"
        yield _table(
            ("target", *(size.name for size in facts.sizes)),
            [(f"`{target}`", *map(dollars_or_none, usd)) for target, usd in months.items()],
        )


def _assumed(facts: Facts) -> Iterator[str]:
    yield f"## {ASSUMED}"
    yield _table(("the default load", "figure"), sentences.inputs(facts.costs.usage))
    yield "\n".join(f"- {_escaped(line)}" for line in sentences.of_everything_assumed(facts.costs))


def _without_measured(table: Table) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of a table without the columns that a run filled."""
    measured = {
        place for cells in table.rows.values() for place, cell in enumerate(cells) if cell.text == "not run"
    } | {place for cells in table.rows.values() for place, cell in enumerate(cells) if cell.origin == "run"}
    kept = [place for place in range(len(table.columns)) if place not in measured]
    rows = [[f"`{target}`", *(cells[place].text for place in kept)] for target, cells in table.rows.items()]
    return ["target", *(table.columns[place] for place in kept)], rows


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_escaped(text) for text in line)} |" for line in lines)


def _escaped(text: str) -> str:
    """What would be markup, such as the `<Partition>` and `*` of an ARN, is shown as it is; code is code."""
    return re.sub(r"(`[^`]*`)|([|<*])", lambda found: found[1] or f"\\{found[2]}", text)
