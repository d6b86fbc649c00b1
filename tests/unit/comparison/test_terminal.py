"""The terminal format at any width and without a terminal: what does not fit continues below, nothing is truncated."""

import io
import os
import pty
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from comparison import closing_table
from comparison.cost_document import bill_document, cost_document, prices_document
from comparison.diff import compare, diff_document
from comparison.document import Cell, Document, Section, Table, bullets, cells, numbers, texts
from comparison.formats import terminal
from comparison.formats.terminal import MAX_WIDTH, RECORD_NAME_WIDTH, make_wide_console
from comparison.overview import overview, resources_table
from deployment.console import make_console, show
from pricing.prices import PriceList
from tests.conftest import ROOT

WIDTHS = pytest.mark.parametrize("width", [60, 80, 88, 120])


def printed(document: Document, width: int) -> str:
    file = io.StringIO()
    console = make_console(file, {})
    console.width = width
    show(console, terminal.render(document))
    return file.getvalue()


def letters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def document(*blocks: Any) -> Document:
    return Document([Section("", blocks)])


@WIDTHS
def test_every_letter_of_the_facts_is_printed(facts: Any, width: int) -> None:
    text = printed(overview(facts), width)
    assert max(map(len, text.splitlines())) <= width
    assert letters(text) == letters(printed(overview(facts), 1000))


@WIDTHS
def test_every_letter_of_the_resources_is_printed(facts: Any, width: int) -> None:
    table = document(resources_table(facts))
    text = printed(table, width)
    assert max(map(len, text.splitlines())) <= width
    assert letters(text) == letters(printed(table, 1000))


@WIDTHS
def test_every_letter_of_a_bill_is_printed(facts: Any, width: int) -> None:
    for target in facts.targets:
        bill = bill_document(facts.costs, target.id)
        text = printed(bill, width)
        assert max(map(len, text.splitlines())) <= width
        assert letters(text) == letters(printed(bill, 1000))


@WIDTHS
def test_the_monthly_cost_and_its_categories_are_whole(facts: Any, width: int) -> None:
    text, wide = printed(cost_document(facts.costs), width), printed(cost_document(facts.costs), 1000)
    assert max(map(len, text.splitlines())) <= width
    for target in facts.targets if width > 60 else ():
        [row] = rows_of(wide, target.id)
        assert [word for part in rows_of(text, target.id) for word in part] == row
    assert "…" not in text


def rows_of(text: str, target: str) -> list[list[str]]:
    """The numbers after a target's name."""
    return [line.split()[1:] for line in text.splitlines() if re.match(rf"{target} +\d", line)]


def test_on_80_columns_names_and_numbers_are_whole(facts: Any) -> None:
    text = printed(document(resources_table(facts)), 80)
    for target in facts.targets:
        start = [target.id, str(target.resource_count), str(target.template_lines), str(target.construct_lines)]
        assert [line.split()[:4] for line in text.splitlines()].count(start) == 1


def test_on_80_columns_every_price_is_whole() -> None:
    prices = PriceList.load()
    lines = printed(prices_document(prices, by_page=True), 80).splitlines()
    for price in prices.prices:
        [line] = [line for line in lines if line.split()[:1] == [price.id]]
        assert line.split() == [price.id, f"{price.usd:f}", *price.unit.split(), price.read_on]


def test_without_a_terminal_a_value_is_one_line(facts: Any) -> None:
    file = io.StringIO()
    console = make_wide_console(file, {"COLUMNS": "20"})
    diff = diff_document(compare(facts.target("beanstalk"), facts.target("ec2-podman")))
    show(console, terminal.render(diff))
    show(console, terminal.render(overview(facts)))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) > 200
    assert [line for line in lines if line.startswith("      - Allow elasticbeanstalk:") and len(line) > 150]
    sentences = [answer.sentence for answer in facts.answers]
    assert [sentence for sentence in sentences if sentence not in lines] == []


@pytest.mark.parametrize(("columns", "expected"), [(80, 80), (120, 120), (300, MAX_WIDTH)])
def test_on_a_terminal_the_console_is_as_wide(columns: int, expected: int) -> None:
    code = "from comparison.formats.terminal import make_wide_console; print(make_wide_console().width)"
    leader, follower = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"COLUMNS": str(columns), "TERM": "xterm"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=follower, check=True)
    os.close(follower)
    output = os.read(leader, 1000).decode().split()
    os.close(leader)
    assert output == [str(expected)]


def test_the_name_of_every_column_is_one_line(facts: Any) -> None:
    tables = [table for _, table in overview(facts).tables() if table.is_records]
    assert max(len(column.heading) for table in tables for column in table.columns) + len("  ") <= RECORD_NAME_WIDTH


EXAMPLE = Table(
    "example",
    columns=[*texts("target"), *numbers("resources", "lines of template", "first response")],
    rows=[cells("ecs-fargate", "42", "900", "0.4s"), cells("lambda", "9", "300", "")],
    note="lines of template: of its own stack",
)
RECORDS = replace(
    EXAMPLE,
    columns=texts("target", "scales to zero", "on a pattern"),
    rows=[(*cells("lambda", "yes"), Cell("a/*; b/*", entries=("a/*", "b/*")))],
    is_records=True,
)
DETAILS = replace(EXAMPLE, details_from=2, details_caption="details")


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("table", [EXAMPLE, RECORDS, DETAILS], ids=["rows", "records", "details"])
def test_a_document(table: Table, width: int, snapshot: Any) -> None:
    whole = Document([Section("Targets", [table]), Section("", [bullets(["a note"])])])
    assert printed(whole, width) == snapshot


def test_the_table_after_a_run_has_what_its_report_has_not(facts: Any) -> None:
    file = io.StringIO()
    show(make_console(file, {}), closing_table(facts))
    heading, *rows = file.getvalue().splitlines()
    assert heading.split() == ["target", "resources", "template", "construct", "first", "response", "p50"]
    assert [row.split()[0] for row in rows[: len(facts.targets)]] == [target.id for target in facts.targets]
