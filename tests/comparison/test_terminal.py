"""The terminal's forms, as wide as any terminal and without one: what does not fit goes on below, nothing is cut."""

import io
import os
import pty
import re
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from comparison.costs import formats as cost
from comparison.differences import as_terminal, compare
from comparison.screen import WIDEST, make_wide_console
from rich.console import RenderableType

from comparison import formats
from comparison.formats.terminal import NAMES
from deployment.console import make_console, show
from tests.conftest import ROOT

WIDTHS = pytest.mark.parametrize("width", [60, 80, 88, 120])


def printed(renderable: RenderableType, width: int) -> str:
    file = io.StringIO()
    console = make_console(file, {})
    console.width = width
    show(console, renderable)
    return file.getvalue()


def letters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


@WIDTHS
def test_every_letter_of_the_facts_is_there(facts: Any, width: int) -> None:
    text = printed(formats.as_terminal(facts), width)
    assert max(map(len, text.splitlines())) <= width
    assert letters(text) == letters(printed(formats.as_terminal(facts), 1000))


@WIDTHS
def test_every_letter_of_the_short_table_is_there(facts: Any, width: int) -> None:
    table = formats.as_short_terminal(facts.targets)
    text = printed(table, width)
    assert max(map(len, text.splitlines())) <= width
    assert letters(text) == letters(printed(table, 1000))


@WIDTHS
def test_every_letter_of_a_bill_is_there(facts: Any, width: int) -> None:
    for target in facts.targets:
        bill = cost.as_terminal(facts.costs, target.id)
        text = printed(bill, width)
        assert max(map(len, text.splitlines())) <= width
        assert letters(text) == letters(printed(bill, 1000))


@WIDTHS
def test_a_month_and_what_it_is_paid_for_are_whole(facts: Any, width: int) -> None:
    text, wide = printed(cost.as_terminal(facts.costs), width), printed(cost.as_terminal(facts.costs), 1000)
    assert max(map(len, text.splitlines())) <= width
    for target in facts.targets if width > 60 else ():
        [row] = rows_of(wide, target.id)
        assert [word for part in rows_of(text, target.id) for word in part] == row
    assert "…" not in text


def rows_of(text: str, target: str) -> list[list[str]]:
    """The figures that stand behind a target's name."""
    return [line.split()[1:] for line in text.splitlines() if re.match(rf"{target} +\d", line)]


def test_on_80_columns_names_and_figures_are_whole(facts: Any) -> None:
    rows = facts.targets
    text = printed(formats.as_short_terminal(rows), 80)
    for row in rows:
        start = [row.id, str(row.resource_count), str(row.template_lines), str(row.construct_lines)]
        assert [line.split()[:4] for line in text.splitlines()].count(start) == 1


def test_without_a_terminal_a_value_is_one_line(facts: Any) -> None:
    file = io.StringIO()
    console = make_wide_console(file, {"COLUMNS": "20"})
    show(console, as_terminal(compare(facts.target("beanstalk"), facts.target("ec2-podman"))))
    show(console, formats.as_terminal(facts))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) > 200
    assert [line for line in lines if line.startswith("      + Allow ecr:") and line.endswith(" on *")]
    sentences = [answer.sentence for answer in facts.answers]
    assert [sentence for sentence in sentences if sentence not in lines] == []


@pytest.mark.parametrize(("columns", "expected"), [(80, 80), (120, 120), (300, WIDEST)])
def test_on_a_terminal_it_is_as_wide_as_that(columns: int, expected: int) -> None:
    code = "from comparison.screen import make_wide_console; print(make_wide_console().width)"
    leader, follower = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"COLUMNS": str(columns), "TERM": "xterm"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=follower, check=True)
    os.close(follower)
    said = os.read(leader, 1000).decode().split()
    os.close(leader)
    assert said == [str(expected)]


def test_the_name_of_every_column_is_one_line(facts: Any) -> None:
    assert max(len(column) for table in facts.tables for column in table.columns) + len("  ") <= NAMES
