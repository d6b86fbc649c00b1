"""What the terminal says, as wide as it wants to be."""

import io
import re
from collections.abc import Sequence
from itertools import pairwise

from comparison.facts import Facts, Table
from comparison.facts.costs import ASSUMED, BY_SIZE
from comparison.formats import as_terminal
from comparison.formats.terminal import NAMES
from comparison.screen import make_wide_console
from deployment.console import show
from tests.comparison.forms import said
from tests.comparison.forms.said import FOLLOWED, Said

BULLET = "· "


def of_terminal(facts: Facts) -> Said:
    console = make_wide_console(file := io.StringIO(), {})
    show(console, as_terminal(facts))
    text = file.getvalue()
    first, *blocks = [block.splitlines() for block in text.split("\n\n")]
    found = _of_targets(first[:-1])
    titles = {table.title: table for table in facts.tables}
    for title, *lines in blocks:
        if title in titles:
            found |= _of_table(titles[title], lines[:-1])
        elif title == "What a month costs":
            found |= _of_months(lines[:-1]) | said.thresholds(lines[-1])
        elif title == BY_SIZE:
            found |= _of_sizes(lines)
        elif title == ASSUMED:
            [_, *inputs] = [line for line in lines if not line.startswith(BULLET)]
            found |= said.load(_in_columns(inputs))
            found |= said.assumed([line.removeprefix(BULLET) for line in lines if line.startswith(BULLET)], text)
        else:
            question, _, headline = title.partition("? ")
            found |= said.answer(f"{question}?", headline, lines[0], "".join(lines[1:]))
    return found


def _of_targets(lines: Sequence[str]) -> Said:
    found: Said = {}
    heading, *rows = _in_columns(lines)
    for row in rows:
        cells = dict(zip(heading, row, strict=True))
        found |= said.parts(cells["target"], cells["resources"], cells["template"], cells["code"])
        found |= said.run(cells["target"], cells["ran"], cells["p50"], f"{cells['MiB']} MiB" if cells["MiB"] else "")
    return found


def _of_months(lines: Sequence[str]) -> Said:
    found: Said = {}
    _, *months = _in_columns(lines)
    for one in months:
        found |= said.month(*one)
    return found


def _of_sizes(lines: Sequence[str]) -> Said:
    found: Said = {}
    [_, *names], *rows = _in_columns(lines)
    for target, *usd in rows:
        found |= said.sizes(target, names, usd)
    return found


def _of_table(table: Table, lines: Sequence[str]) -> Said:
    """Under each target a line for each column; of the contract only what is not followed."""
    found: Said = {}
    target = ""
    for line in _joined(lines):
        column, text = line[:NAMES].strip(), line[NAMES:].strip()
        if not line.startswith(" "):
            target = line
            if table.id == "contract":
                found |= said.matrix(table.id, target, table.columns, [FOLLOWED] * len(table.columns))
        elif column != "everything":
            found |= said.matrix(table.id, target, [column], [text])
    return found


def _joined(lines: Sequence[str]) -> list[str]:
    """Lines with those below them that go on with their list."""
    found: list[str] = []
    for line in lines:
        if line.startswith(" ") and not line[:NAMES].strip():
            assert found[-1].rstrip().endswith(";"), line
            found[-1] = f"{found[-1].rstrip()} {line.strip()}"
        else:
            found.append(line)
    return found


def _in_columns(lines: Sequence[str]) -> list[list[str]]:
    """Cells of a table between whose columns two blanks stand, or more."""
    width = max(map(len, lines))
    blank = "".join(" " if all(line.ljust(width)[at] == " " for line in lines) else "x" for at in range(width))
    starts = [0, *(found.end() for found in re.finditer(r" {2,}", blank)), width + 1]
    return [[line[start:end].strip() for start, end in pairwise(starts)] for line in lines]
