"""What Markdown says, read as people see it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from comparison.facts import Facts
from comparison.facts.costs import ASSUMED, BY_SIZE, assumptions
from comparison.formats import as_markdown
from tests.comparison.forms import said
from tests.comparison.forms.said import Said


def of_markdown(facts: Facts) -> Said:
    """Titles name tables; what a service asks for stands there as the README has it."""
    ids = {table.title: table.id for table in facts.tables}
    text = as_markdown(facts)
    found = said.thresholds(_after(text, f"The load: {assumptions(facts.costs, facts.costs.usage)}. "))
    for title, [columns, *rows] in tables_of(text):
        if title == "":
            found |= of_targets(rows)
        elif title == "What a month costs":
            for one in rows:
                found |= said.month(*one)
        elif title == BY_SIZE:
            for target, *usd in rows:
                found |= said.sizes(target, columns[1:], usd)
        elif title == ASSUMED:
            found |= said.load(rows)
        elif ids[title] == "contract":
            found |= of_fixed(rows)
        else:
            for target, *cells in rows:
                found |= said.matrix(ids[title], target, columns[1:], cells)
    return found | said.assumed(_bullets(text), text)


def of_targets(rows: Sequence[Sequence[str]]) -> Said:
    """The table that the README has, too."""
    found: Said = {}
    for target, _, idle, _, resources, template, code in rows:
        found |= said.parts(target, resources, template.removesuffix(" lines"), code.removesuffix(" lines"))
        found["month", target, "idle"] = idle
    return found


def of_fixed(rows: Sequence[Sequence[str]]) -> Said:
    """The other one that the README has, too."""
    return {("matrix", "contract", target, field): cause for target, field, cause in rows}


def tables_of(text: str) -> Iterator[tuple[str, list[list[str]]]]:
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


def _bullets(text: str) -> list[str]:
    """Lines of the one list."""
    return [
        _shown(inline)
        for opening, inline in pairwise(MarkdownIt("commonmark").enable("table").parse(text))
        if opening.type == "paragraph_open" and opening.level > 0
    ]


def _after(text: str, beginning: str) -> str:
    [found] = [line.removeprefix(beginning) for line in text.splitlines() if line.startswith(beginning)]
    return found


def _shown(inline: Token) -> str:
    """What readers see; markup that hides something fails."""
    kinds = {child.type for child in inline.children or []}
    assert kinds <= {"text", "text_special", "code_inline", "link_open", "link_close"}, inline.content
    return "".join(child.content for child in inline.children or [])
