"""Readers of the rendered formats: each returns (table, row, column) -> text, letter by letter."""

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt
from markdown_it.token import Token

from comparison import page
from comparison.cost_document import all_assumptions, usage_table
from comparison.document import Table
from comparison.facts import Facts
from comparison.facts.costs import monthly_usd_by_size
from comparison.facts.matrix import SUPPORTED
from comparison.formats import json_data, markdown, terminal
from comparison.formatting import counted, dollars
from comparison.overview import overview, shareable_overview
from comparison.thresholds import thresholds_text
from deployment.console import milliseconds, show
from pricing.usage import Usage

# Such as ("limits", "lambda", "request timeout") and ("months", "lambda", "idle").
Texts = dict[tuple[str, ...], str]
RESOURCES = ("resources", "template", "construct", "p50", "MiB", "local run")
MEASURED = {("resources", column) for column in RESOURCES[3:]}


def expected(facts: Facts) -> Texts:
    """What every format shows, from the facts themselves."""
    found: Texts = {("thresholds",): thresholds_text(facts.costs)}
    for answer in facts.answers:
        found |= _answer(answer.question, answer.headline, answer.sentence, answer.assumptions)
    for month in facts.costs.estimates:
        replicas = month.unsupported_reason or counted(month.replicas, month.replica_type)
        found |= _row("months", month.target, MONTHS, (dollars(month.usd), dollars(month.idle_usd), replicas))
    for target, usd in monthly_usd_by_size(facts.costs.usage, facts.sizes).items():
        found |= _row("sizes", target, [size.name for size in facts.sizes], map(dollars, usd))
    found |= {("load", text.text, "value"): value.text for text, value in usage_table(facts.costs.usage).rows}
    found |= {("assumption", line): "1 ×" for line in all_assumptions(facts.costs)}
    for target in facts.targets:
        run = target.local_run
        lines = (target.resource_count, target.template_lines, target.construct_lines)
        measured = (milliseconds(run.p50_ms), _memory(run.memory_mib), run.outcome) if run else ("", "", "not run")
        found |= _row("resources", target.id, RESOURCES, map(str, (*lines, *measured)))
        for field, reason in target.unsupported_fields.items():
            found["unsupported-fields", target.id, field] = _plain(reason)
    for table in facts.tables[1:]:
        for target_id, cells in table.rows.items():
            found |= _row(table.id, target_id, table.columns, (_plain(cell.text) for cell in cells))
    for platform in facts.not_covered:
        texts = (platform.summary, platform.reason, platform.checked_on.isoformat())
        found |= _row("not-covered", platform.name, NOT_COVERED, texts)
    return found


def measured(facts: Facts) -> set[tuple[str, str]]:
    """Table and column of the texts that a local run measures."""
    return MEASURED | {
        (table.id, column)
        for table in facts.tables
        for cells in table.rows.values()
        for column, cell in zip(table.columns, cells, strict=True)
        if cell.origin == "run"
    }


def of_json(facts: Facts) -> Texts:
    data = json.loads(text := json_data.facts_as_json(facts))
    costs = data["costs"]
    # JSON has the ranges, and leaves the sentence to others.
    found: Texts = {("thresholds",): thresholds_text(facts.costs)}
    for answer in data["answers"]:
        headline = answer["target"] or answer["fallback"]
        found |= _answer(answer["question"], headline, answer["sentence"], answer["assumptions"])
    for month in costs["estimates"]:
        replicas = month["unsupported_reason"] or counted(month["replicas"], month["replica_type"])
        found |= _row("months", month["target"], MONTHS, (dollars(month["usd"]), dollars(month["idle_usd"]), replicas))
    for size in costs["sizes"]:
        name = f"{size['vcpus']:g} vCPU, {size['memory_mib']:g} MiB"
        found |= {("sizes", target, name): dollars(usd) for target, usd in size["usd"].items()}
    found |= {("load", text.text, "value"): value.text for text, value in usage_table(Usage(**costs["usage"])).rows}
    found |= _assumptions(costs["assumptions"], text)
    for target in data["targets"]:
        run = target["local_run"] or {"outcome": "not run", "p50_ms": None, "memory_mib": None}
        lines = (target["resource_count"], target["template_lines"], target["construct_lines"])
        texts = (*lines, milliseconds(run["p50_ms"]), _memory(run["memory_mib"]), run["outcome"])
        found |= _row("resources", target["id"], RESOURCES, map(str, texts))
        for field, reason in target["unsupported_fields"].items():
            found["unsupported-fields", target["id"], field] = _plain(reason)
    [contract, *tables] = data["tables"]
    for target_id, cells in contract["rows"].items():
        for column, cell in zip(contract["columns"], cells, strict=True):
            assert found.get(("unsupported-fields", target_id, column), SUPPORTED) == _plain(cell["text"])
    for table in tables:
        for target_id, cells in table["rows"].items():
            found |= _row(table["id"], target_id, table["columns"], (_plain(cell["text"]) for cell in cells))
    for platform in data["not_covered"]:
        texts = (platform["summary"], platform["reason"], platform["checked_on"])
        found |= _row("not-covered", platform["name"], NOT_COVERED, texts)
    return found


def of_page(facts: Facts) -> Texts:
    return of_html(page.render(facts))


def of_html(html: str) -> Texts:
    """What the page says without its footnotes, small print and marks for the eye."""
    tree = BeautifulSoup(html, "html.parser")
    for hidden in tree.select("sup, small, [aria-hidden=true]"):
        hidden.decompose()
    found: Texts = {("thresholds",): _text(tree.select_one(".thresholds strong"))}
    for card in tree.select("#choose .card"):
        found |= _answer(*(_text(card.select_one(name)) for name in ("h3", ".headline", ".sentence", ".assumptions")))
    for table in tree.select("table[id]"):
        [_, *columns], *rows = rows_of(table, "thead, tbody")
        for row in rows:
            found |= _table_row(str(table["id"]), columns, row)
    found = {key: text for key, text in found.items() if "relative cost" not in key}
    for details in tree.select("#targets details.target"):
        target = str(details["id"]).removeprefix("target-")
        [lines] = re.findall(
            r"(\d+) resources in (\d+) lines of template; the construct.* has (\d+) lines", _text(details)
        )
        run = {column: found.pop(("local-run-targets", target, column), "") for column in ("outcome", "p50", "memory")}
        memory = run["memory"].removesuffix(" MiB")
        found |= _row("resources", target, RESOURCES, (*lines, run["p50"], memory, run["outcome"].strip("✓✘– ")))
    for (_, field, target), text in [(key, text) for key, text in found.items() if key[0] == "contract"]:
        assert (text == "no") == (("unsupported-fields", target, field) in found)
    lines = [_text(line) for line in tree.select("#choose .notes li, #cost .notes li") if not line.select("a")]
    return found | _assumptions(lines, _text(tree))


def of_terminal(facts: Facts) -> Texts:
    """What the terminal says if it is as wide as it needs to be."""
    console = terminal.make_wide_console(file := io.StringIO(), {})
    show(console, terminal.render(overview(facts)))
    text = file.getvalue()
    tables = {section.title: table for section, table in overview(facts).tables()}
    found: Texts = {}
    for title, *lines in (block.splitlines() for block in text.rstrip().split("\n\n")):
        if title not in tables:
            question, _, headline = title.partition("? ")
            found |= _answer(f"{question}?", headline, lines[0], "".join(lines[1:]))
            continue
        table = tables[title]
        rows = _records(table, lines) if table.is_records else _in_columns(lines[: len(table.rows) + 1])[1:]
        for row in rows:
            found |= _table_row(table.id, [column.heading for column in table.columns[1:]], row)
        if table.id == "months":
            found["thresholds",] = lines[-1]
        found |= _assumptions([line.removeprefix("· ") for line in lines if line.startswith("· ")], text)
    return {key: text for key, text in found.items() if "first response" not in key}


def of_markdown(facts: Facts) -> Texts:
    document = shareable_overview(facts)
    text = markdown.render(document)
    found: Texts = {("thresholds",): _shown_line(text, thresholds_text(facts.costs))}
    for (_, table), [_, *rows] in zip(document.tables(), tables_of(text), strict=True):
        for row in rows:
            found |= _table_row(table.id, [column.heading for column in table.columns[1:]], row)
    tokens = pairwise(MarkdownIt("commonmark").enable("table").parse(text))
    lines = [_shown(inline) for opening, inline in tokens if opening.type == "paragraph_open" and opening.level > 0]
    for section in document.sections:
        question, mark, headline = section.title.partition("? ")
        if mark:
            sentence, assumptions = section.blocks
            assert f"## {section.title}\n\n{markdown.render_block(sentence)}" in text
            found |= _answer(f"{question}?", headline, sentence.text, assumptions.text)  # type: ignore[union-attr]
    return {key: text for key, text in found.items() if key[0] != "targets"} | _assumptions(lines, text)


MONTHS = ("with load", "idle", "replicas under load")
NOT_COVERED = ("what it is", "why it is not a target", "read on")


def rows_of(table: Tag | None, parts: str = "tbody") -> list[list[str]]:
    assert table
    groups = table.select(parts)
    return [[_text(cell) for cell in row.select("th, td")] for group in groups for row in group.select("tr")]


def tables_of(text: str) -> Iterator[list[list[str]]]:
    """Tables of Markdown as readers see them."""
    rows: list[list[str]] = []
    for opening, inline in pairwise(MarkdownIt("commonmark").enable("table").parse(text)):
        if opening.type == "table_open":
            rows = []
        elif opening.type == "tr_open":
            rows.append([])
        elif opening.type in ("th_open", "td_open"):
            rows[-1].append(_shown(inline))
        elif inline.type == "table_close":
            yield rows


def _answer(question: str, headline: str, sentence: str, assumptions: str) -> Texts:
    return _row("answer", question, ("headline", "sentence", "assumptions"), (headline, sentence, assumptions))


def _row(table: str, row: str, columns: Iterable[str], texts: Iterable[str]) -> Texts:
    return {(table, row, column): text for column, text in zip(columns, texts, strict=True)}


def _table_row(table: str, columns: Sequence[str], row: Sequence[str]) -> Texts:
    """The cells of a row; of unsupported fields the reason, and of a row that ends early those that are there."""
    if table == "unsupported-fields":
        target, field, reason = row
        return {(table, target, field): _plain(reason)}
    return {(table, row[0], column): _plain(text) for column, text in zip(columns, row[1:], strict=False)}


def _assumptions(lines: Iterable[str], whole: str) -> Texts:
    """Each assumption, and how often the whole format has it."""
    return {("assumption", line): f"{whole.count(line)} ×" for line in lines}


def _memory(mib: float | None) -> str:
    return "" if mib is None else f"{mib:.0f}"


def _plain(text: str) -> str:
    return text.replace("`", "")


def _text(tag: Tag | None) -> str:
    assert tag
    return " ".join(tag.get_text().split())


def _records(table: Table, lines: Sequence[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    width = terminal.RECORD_NAME_WIDTH
    for line in lines[:-1] if table.note else lines:
        if not line.startswith(" "):
            rows.append([line])
        elif line[:width].strip():
            rows[-1].append(line[width:].strip())
        else:
            assert rows[-1][-1].endswith(";"), line
            rows[-1][-1] += f" {line.strip()}"
    return rows


def _in_columns(lines: Sequence[str]) -> list[list[str]]:
    """Cells of a table whose columns are two or more blanks apart."""
    width = max(map(len, lines))
    blank = "".join(" " if all(line.ljust(width)[at] == " " for line in lines) else "x" for at in range(width))
    starts = [0, *(found.end() for found in re.finditer(r" {2,}", blank)), width + 1]
    return [[line[start:end].strip() for start, end in pairwise(starts)] for line in lines]


def _shown_line(text: str, line: str) -> str:
    return line if text.count(line) == 1 else f"{text.count(line)} times: {line}"


def _shown(inline: Token) -> str:
    """What readers see; markup that hides something fails."""
    kinds = {child.type for child in inline.children or []}
    assert kinds <= {"text", "text_special", "code_inline", "link_open", "link_close"}, inline.content
    return "".join(child.content for child in inline.children or [])
