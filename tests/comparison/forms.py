"""Every form of the facts taken apart again: what it is about -> what it says, letter by letter."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt
from markdown_it.token import Token

from comparison.facts import Facts
from comparison.facts.costs import assumptions, thresholds
from comparison.formats import as_json, as_markdown, as_terminal
from comparison.formats.terminal import NAMES
from comparison.readme import README, part
from comparison.screen import make_wide_console
from comparison.wording import counted, dollars
from local_aws.screen import show
from local_aws.screen.marks import mebibytes, milliseconds

FOLLOWED = "followed"
# Such as ("matrix", "limits", "lambda", "time-out") and ("month", "lambda", "idle").
Said = dict[tuple[str, ...], str]


def of_facts(facts: Facts) -> Said:
    """What every form has to say."""
    found = {("thresholds",): thresholds(facts.costs)}
    for answer in facts.answers:
        found |= _answer(answer.question, answer.headline, answer.sentence, answer.assumes)
    for one in facts.costs.estimates:
        copies = one.why_not or counted(one.copies, one.counted)
        found |= _month(one.target, _dollars(one.usd), dollars(one.idle_usd), copies)
    for target in facts.targets:
        row = target.row
        found |= _parts(row.target, row.resources, row.template_lines, row.construct_lines)
        outcome = row.outcome or "not run"
        found |= _run(row.target, outcome, milliseconds(row.p50_ms), mebibytes(row.memory_mib))
    for table in facts.tables:
        for name, cells in table.rows.items():
            found |= _matrix(table.id, name, table.columns, [cell.text for cell in cells])
    return found


def measured(facts: Facts) -> set[tuple[str, str]]:
    """Table and column of what a run measures."""
    return {
        (table.id, column)
        for table in facts.tables
        for cells in table.rows.values()
        for column, cell in zip(table.columns, cells, strict=True)
        if cell.origin == "run"
    }


def of_json(facts: Facts) -> Said:
    data = json.loads(as_json(facts))
    found: Said = {}
    for answer in data["answers"]:
        headline = answer["target"] or answer["instead"]
        found |= _answer(answer["question"], headline, answer["sentence"], answer["assumes"])
    for one in data["costs"]["estimates"]:
        copies = one["why_not"] or counted(one["copies"], one["counted"])
        found |= _month(one["target"], _dollars(one["usd"]), dollars(one["idle_usd"]), copies)
    for target in data["targets"]:
        row, run = target["row"], target["measured"] or {"outcome": "not run", "p50_ms": None, "memory_mib": None}
        found |= _parts(target["id"], row["resources"], row["template_lines"], row["construct_lines"])
        found |= _run(target["id"], run["outcome"], milliseconds(run["p50_ms"]), mebibytes(run["memory_mib"]))
    for table in data["tables"]:
        for name, cells in table["rows"].items():
            found |= _matrix(table["id"], name, table["columns"], [cell["text"] for cell in cells])
    # JSON has the loads from which on another target is cheapest, and leaves the sentence to others.
    return found | {("thresholds",): thresholds(facts.costs)}


def of_page(html: str) -> Said:
    page = BeautifulSoup(html, "html.parser")
    for unsaid in page.select("sup, small, [aria-hidden=true]"):
        unsaid.decompose()
    found = {("thresholds",): _text(page.select_one(".thresholds strong"))}
    for card in page.select("#answer .card"):
        found |= _answer(*(_text(card.select_one(name)) for name in ("h3", ".winner", ".sentence", ".assumes")))
    for target, usd, _, idle, copies in rows_of(page.select_one("#months")):
        found |= _month(target, usd, idle, copies.removeprefix("cannot: "))
    for details in page.select("#parts details.target"):
        [figures] = re.findall(
            r"(\d+) resources in (\d+) lines of template; the construct, .*?, has (\d+) lines", _text(details)
        )
        found |= _parts(str(details["id"]).removeprefix("target-"), *figures)
    columns, *rows = rows_of(page.select_one("#measured table"), "thead, tbody")
    for target, outcome, *rest in rows:
        cells = dict(zip(columns[2:], rest, strict=False)) if len(rest) == len(columns) - 2 else {}
        found |= _run(target, outcome.strip("✓✘– "), cells.get("p50", ""), cells.get("memory", ""))
    for table in page.select("#matrix table"):
        [_, id_] = table["class"]
        [_, *columns], *rows = rows_of(table, "thead, tbody")
        for target, *cells in rows:
            why = [
                _fixed(page, target, column) if text == "fixed" else text
                for column, text in zip(columns, cells, strict=True)
            ]
            found |= _matrix(id_, target, columns, why)
    return found


def of_terminal(facts: Facts) -> Said:
    console = make_wide_console(file := io.StringIO(), {})
    show(console, as_terminal(facts))
    first, *blocks = [block.splitlines() for block in file.getvalue().split("\n\n")]
    found: Said = {}
    heading, *rows = _in_columns(first[:-1])
    for row in rows:
        cells = dict(zip(heading, row, strict=True))
        found |= _parts(cells["target"], cells["resources"], cells["template"], cells["code"])
        found |= _run(cells["target"], cells["ran"], cells["p50"], f"{cells['MiB']} MiB" if cells["MiB"] else "")
    titles = {table.title: table for table in facts.tables}
    for title, *lines in blocks:
        if title in titles:
            found |= _table_of_terminal(titles[title], lines[:-1])
        elif title == "What a month costs":
            _, *months = _in_columns(lines[:-1])
            for month in months:
                found |= _month(*month)
            found["thresholds",] = lines[-1]
        else:
            question, _, headline = title.partition("? ")
            found |= _answer(f"{question}?", headline, lines[0], "".join(lines[1:]))
    return found


def _table_of_terminal(table: Any, lines: Sequence[str]) -> Said:
    """Under each target a line for each column; of the contract only what is not followed."""
    found: Said = {}
    target = ""
    for line in lines:
        column, text = line[:NAMES].strip(), line[NAMES:].strip()
        if not line.startswith(" "):
            target = line
            found |= (
                _matrix(table.id, target, table.columns, [FOLLOWED] * len(table.columns))
                if table.id == "contract"
                else {}
            )
        elif column != "everything":
            found["matrix", table.id, target, column] = _plain(text)
    return found


def of_markdown(facts: Facts) -> Said:
    """Titles name tables; what a service asks for stands there as the README has it."""
    ids = {table.title: table.id for table in facts.tables}
    found: Said = {}
    text = as_markdown(facts)
    for title, [columns, *rows] in _tables_of_markdown(text):
        if title == "":
            found |= _of_readme_table(rows)
        elif title == "What a month costs":
            for month in rows:
                found |= _month(*month)
        elif ids[title] == "contract":
            found |= {("matrix", "contract", target, field): why for target, field, why in rows}
        else:
            for target, *cells in rows:
                found |= _matrix(ids[title], target, columns[1:], cells)
    [load] = [line for line in text.splitlines() if line.startswith("The load: ")]
    return found | {("thresholds",): load.removeprefix(f"The load: {assumptions(facts.costs, facts.costs.load)}. ")}


def of_readme() -> Said:
    [(_, [_, *rows])] = _tables_of_markdown(part(README.read_text(), "targets"))
    [(_, [_, *fixed])] = _tables_of_markdown(part(README.read_text(), "fixed"))
    return _of_readme_table(rows) | {("matrix", "contract", target, field): why for target, field, why in fixed}


def _of_readme_table(rows: Sequence[Sequence[str]]) -> Said:
    found: Said = {}
    for target, _, idle, _, resources, template, code in rows:
        found |= _parts(target, resources, template.removesuffix(" lines"), code.removesuffix(" lines"))
        found["month", target, "idle"] = idle
    return found


def _tables_of_markdown(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    title, rows = "", []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            title = inline.content
        elif opening.type == "table_open":
            rows = []
        elif opening.type == "tr_open":
            rows.append([])
        elif opening.type in ("th_open", "td_open"):
            rows[-1].append(_shown(inline))
        elif opening.type == "table_close" or inline.type == "table_close":
            yield title, rows


def _shown(inline: Token) -> str:
    """What readers see; markup that hides something fails."""
    kinds = {child.type for child in inline.children or []}
    assert kinds <= {"text", "text_special", "code_inline", "link_open", "link_close"}, inline.content
    return "".join(child.content for child in inline.children or [])


def rows_of(table: Tag | None, parts: str = "tbody") -> list[list[str]]:
    assert table
    return [
        [_text(cell) for cell in row.select("th, td")] for group in table.select(parts) for row in group.select("tr")
    ]


def _text(tag: Tag | None) -> str:
    assert tag
    return " ".join(tag.get_text().split())


def _fixed(page: BeautifulSoup, target: str, field: str) -> str:
    note = _text(page.find(id=f"fixed-{target}-{field}"))  # type: ignore[arg-type]
    return note.removeprefix(f"{target}, {field}: ")


def _in_columns(lines: Sequence[str]) -> list[list[str]]:
    """Cells of a table between whose columns two blanks stand, or more."""
    width = max(map(len, lines))
    blank = "".join(" " if all(line.ljust(width)[at] == " " for line in lines) else "x" for at in range(width))
    starts = [0, *(found.end() for found in re.finditer(r" {2,}", blank)), width + 1]
    return [[line[start:end].strip() for start, end in pairwise(starts)] for line in lines]


def _plain(text: str) -> str:
    """Names in backticks are set as code where there is code."""
    return text.replace("`", "")


def _answer(question: str, headline: str, sentence: str, assumes: str) -> Said:
    return {
        ("answer", question, "headline"): headline,
        ("answer", question, "sentence"): sentence,
        ("answer", question, "assumes"): assumes,
    }


def _month(target: str, usd: str, idle: str, copies: str) -> Said:
    return {("month", target, "load"): usd, ("month", target, "idle"): idle, ("month", target, "copies"): copies}


def _parts(target: str, resources: object, template: object, code: object) -> Said:
    return {
        ("parts", target, "resources"): str(resources),
        ("parts", target, "template"): str(template),
        ("parts", target, "code"): str(code),
    }


def _run(target: str, outcome: str, p50: str, memory: str) -> Said:
    return {("run", target, "outcome"): outcome, ("run", target, "p50"): p50, ("run", target, "memory"): memory}


def _matrix(table: str, target: str, columns: Sequence[str], cells: Sequence[str]) -> Said:
    return {("matrix", table, target, column): _plain(cell) for column, cell in zip(columns, cells, strict=True)}


def _dollars(usd: float | None) -> str:
    return "–" if usd is None else dollars(usd)
