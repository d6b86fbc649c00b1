"""Everything that is the same on every machine, as Markdown."""

import re
from collections.abc import Iterable, Iterator, Sequence

from comparison.facts import Facts, Table
from comparison.facts.costs import assumptions, thresholds
from comparison.formats.short import fixed_as_markdown, targets_as_markdown
from comparison.wording import counted, dollars


def as_markdown(facts: Facts) -> str:
    """Return targets, costs and matrix; what one machine measured is left out."""
    rows = [target.row for target in facts.targets]
    parts = [
        targets_as_markdown(rows, facts.costs.idle_usd),
        *_costs(facts),
        "## What a service asks for",
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
                "–" if one.usd is None else dollars(one.usd),
                dollars(one.idle_usd),
                one.why_not or counted(one.copies, one.counted),
            )
            for one in found.estimates
        ],
    )
    yield f"The load: {assumptions(found, found.load)}. {thresholds(found)}"


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
    return "\n".join(f"| {' | '.join(_in_a_cell(text) for text in line)} |" for line in lines)


def _in_a_cell(text: str) -> str:
    """What would be markup, such as the `<Partition>` and `*` of an ARN, is shown as it is; code is code."""
    return re.sub(r"(`[^`]*`)|([|<*])", lambda found: found[1] or f"\\{found[2]}", text)
