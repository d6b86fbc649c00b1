"""What the page says to those who read it, its marks for eyes alone left out."""

import re

from bs4 import BeautifulSoup, Tag

from tests.comparison.forms import said
from tests.comparison.forms.said import Said


def of_page(html: str) -> Said:
    page = BeautifulSoup(html, "html.parser")
    for unsaid in page.select("sup, small, [aria-hidden=true]"):
        unsaid.decompose()
    return _of_answer(page) | _of_costs(page) | _of_parts(page) | _of_run(page) | _of_matrix(page)


def _of_answer(page: BeautifulSoup) -> Said:
    found = said.thresholds(_text(page.select_one(".thresholds strong")))
    for card in page.select("#answer .card"):
        found |= said.answer(*(_text(card.select_one(name)) for name in ("h3", ".winner", ".sentence", ".assumes")))
    for target, usd, _, idle, copies in rows_of(page.select_one("#months")):
        found |= said.month(target, usd, idle, copies.removeprefix("cannot: "))
    return found


def _of_costs(page: BeautifulSoup) -> Said:
    """What goes for all targets stands where their costs are, and the rest of what is assumed below the answer."""
    [_, *names], *rows = rows_of(page.select_one("#sizes"), "thead, tbody")
    found = said.load(rows_of(page.select_one("#answer details table")))
    for target, *usd in rows:
        found |= said.sizes(target, names, usd)
    lines = [_text(line) for line in page.select("#answer .notes li, #cost .notes li") if not line.select("a")]
    return found | said.assumed(lines, _text(page))


def _of_parts(page: BeautifulSoup) -> Said:
    found: Said = {}
    for details in page.select("#parts details.target"):
        [figures] = re.findall(
            r"(\d+) resources in (\d+) lines of template; the construct, .*?, has (\d+) lines", _text(details)
        )
        found |= said.parts(str(details["id"]).removeprefix("target-"), *figures)
    return found


def _of_run(page: BeautifulSoup) -> Said:
    found: Said = {}
    columns, *rows = rows_of(page.select_one("#measured table"), "thead, tbody")
    for target, outcome, *rest in rows:
        cells = dict(zip(columns[2:], rest, strict=False)) if len(rest) == len(columns) - 2 else {}
        found |= said.run(target, outcome.strip("✓✘– "), cells.get("p50", ""), cells.get("memory", ""))
    return found


def _of_matrix(page: BeautifulSoup) -> Said:
    found: Said = {}
    for table in page.select("#matrix table"):
        [_, id_] = table["class"]
        [_, *columns], *rows = rows_of(table, "thead, tbody")
        for target, *cells in rows:
            cause = [
                _fixed(page, target, column) if text == "fixed" else text
                for column, text in zip(columns, cells, strict=True)
            ]
            found |= said.matrix(id_, target, columns, cause)
    return found


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
