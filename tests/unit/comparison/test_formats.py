"""Page, terminal, JSON and Markdown show the same texts, cell by cell and letter by letter."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from comparison.cost_document import resource_types_note
from comparison.facts import Facts
from comparison.facts.costs import monthly_usd_by_size
from comparison.formatting import dollars, rate
from pricing.report import ASSUMPTIONS
from tests.unit.comparison import rendered
from tests.unit.comparison.rendered import Texts

FORMATS: dict[str, Callable[[Facts], Texts]] = {
    "json": rendered.of_json,
    "page": rendered.of_page,
    "terminal": rendered.of_terminal,
    "markdown": rendered.of_markdown,
}


def is_shown(name: str, key: tuple[str, ...], facts: Facts) -> bool:
    """Whether a format shows a text: Markdown leaves out what a run measured."""
    if name != "markdown":
        return True
    is_measured = (*key[:1], *key[-1:]) in rendered.measured(facts)
    return not is_measured and key[:2] != ("answer", "Which starts fastest?")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_the_same(name: str, facts: Facts) -> None:
    everything = rendered.expected(facts)
    tables = {key[0] for key in everything}
    assert tables >= {"months", "sizes", "load", "resources", "unsupported-fields", "not-covered", "answer"}
    assert tables >= {"thresholds", "assumption", *(table.id for table in facts.tables[1:])}
    shown = {key: text for key, text in FORMATS[name](facts).items() if key[0] in tables}
    assert shown == {key: text for key, text in everything.items() if is_shown(name, key, facts)}


def test_a_number_that_the_page_changes_would_be_found(facts: Facts, html: str) -> None:
    unchanged = rendered.of_html(html)
    idle = dollars(facts.costs.estimates[0].idle_usd)
    usd = monthly_usd_by_size(facts.costs.usage, facts.sizes)[facts.targets[0].id][-1]
    for old, new in ((idle, f"{idle}0"), ("8080</td>", "8081</td>"), (dollars(usd), "$0.00"), (">0.005<", ">0.006<")):
        assert old in html
        assert rendered.of_html(html.replace(old, new)) != unchanged


def test_an_assumption_that_the_page_leaves_out_or_repeats_would_be_found(facts: Facts, html: str) -> None:
    unchanged = rendered.of_html(html)
    for line in (resource_types_note(facts.costs), ASSUMPTIONS[0]):
        assert rendered.of_html(html.replace(f"<li>{line}</li>", "")) != unchanged
        assert rendered.of_html(html.replace("</main>", f"<p>{line}</p></main>")) != unchanged


def test_the_page_has_every_break_even_point_every_idle_cost_and_every_unit_price(facts: Facts, html: str) -> None:
    costs, tree = facts.costs, BeautifulSoup(html, "html.parser")
    assert rendered.rows_of(tree.select_one("#break-even-points")) == [
        [rate(point.requests_per_second), point.cheaper_below, point.cheaper_above, dollars(point.usd)]
        for point in costs.break_even_points
    ]
    idle = [(found.target, item) for found in costs.estimates for item in found.idle_line_items if item.usd > 0]
    shown = [(target, item, usd) for target, item, *_, usd in rendered.rows_of(tree.select_one("#idle-cost"))]
    assert shown == [(target, item.item, dollars(item.usd)) for target, item in idle]
    prices = rendered.rows_of(tree.select_one("#prices"))
    assert [(id_, what, usd, unit, read) for id_, what, usd, unit, _, _, read in prices] == [
        (price.id, price.description, f"{price.usd:f}", price.unit, price.read_on) for price in facts.prices
    ]
