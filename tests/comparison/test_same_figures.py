"""Page, terminal, JSON, Markdown and README say the same, cell by cell and letter by letter."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from comparison.costs import sentences

from comparison import page
from comparison.facts import Facts
from comparison.facts.costs import monthly_usd_by_size
from comparison.formatting import dollars, dollars_or_none, rate
from pricing.report import ASSUMPTIONS
from tests.comparison import forms

THE_SAME_ON_EVERY_MACHINE = {"month", "size", "input", "assumed", "thresholds", "parts", "matrix"}
ALL_KINDS = {"answer", "run", *THE_SAME_ON_EVERY_MACHINE}
FORMS = {
    "json": forms.of_json,
    "page": lambda facts: forms.of_page(page.render(facts)),
    "terminal": forms.of_terminal,
    "markdown": forms.of_markdown,
    "readme": lambda _: forms.of_readme(),
}


def has(form: str, facts: Facts) -> Callable[[tuple[str, ...], str], bool]:
    """Whether a form has to say something: the last two leave out what a run measured and what is followed."""
    measured = forms.measured(facts)

    def told(key: tuple[str, ...], text: str) -> bool:
        if form in ("json", "page", "terminal"):
            return True
        if key[:2] == ("matrix", "contract"):
            return text != forms.FOLLOWED
        if form == "readme":
            return key[0] == "parts" or key[-1] == "idle"
        return key[0] in THE_SAME_ON_EVERY_MACHINE and (key[1:2] + key[-1:]) not in measured

    return told


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same_figures(form: str, facts: Facts) -> None:
    everything = forms.of_facts(facts)
    assert {key[0] for key in everything} == ALL_KINDS
    assert forms.measured(facts)
    told = has(form, facts)
    assert FORMS[form](facts) == {key: text for key, text in everything.items() if told(key, text)}


def test_a_figure_that_the_page_changes_would_be_found(facts: Facts, html: str) -> None:
    idle = dollars(facts.costs.estimates[0].idle_usd)
    everything = forms.of_facts(facts)
    assert forms.of_page(html.replace(idle, f"{idle}0")) != everything
    assert forms.of_page(html.replace("8080</td>", "8081</td>")) != everything
    usd = monthly_usd_by_size(facts.costs.usage, facts.sizes)[facts.targets[0].id][-1]
    assert forms.of_page(html.replace(dollars_or_none(usd), "$0.00")) != everything
    assert forms.of_page(html.replace(">0.005</td>", ">0.006</td>")) != everything


def test_an_assumption_that_the_page_leaves_out_or_says_twice_would_be_found(facts: Facts, html: str) -> None:
    everything = forms.of_facts(facts)
    for line in (sentences.of_types(facts.costs), ASSUMPTIONS[0]):
        assert forms.of_page(html.replace(f"<li>{line}</li>", "")) != everything
        assert forms.of_page(html.replace("</main>", f"<p>{line}</p></main>")) != everything


def cells_of(html: str, heading: str) -> list[list[str]]:
    """Lines of the one table of the page that has a column of that name."""
    tables = BeautifulSoup(html, "html.parser").select("#cost table")
    [table] = [table for table in tables if heading in [cell.get_text() for cell in table.select("th")]]
    return forms.rows_of(table)


def test_the_page_has_every_crossing_every_idle_dollar_and_every_unit_price(facts: Facts, html: str) -> None:
    costs = facts.costs
    assert cells_of(html, "cheaper below") == [
        [rate(one.requests_per_second), one.cheaper_below, one.cheaper_above, dollars(one.usd)]
        for one in costs.break_even_points
    ]
    idle = [(one.target, amount) for one in costs.estimates for amount in one.idle_line_items if amount.usd > 0]
    shown = [(target, item, usd) for target, item, *_, usd in cells_of(html, "of stack")]
    assert shown == [(target, amount.item, dollars(amount.usd)) for target, amount in idle]
    prices = [(what, usd, unit, read) for what, usd, unit, _, _, read in cells_of(html, "unit")]
    assert prices == [(price.description, str(price.usd), price.unit, price.read_on) for price in facts.prices]
