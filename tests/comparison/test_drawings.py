"""Diagrams and charts: drawn by libraries, the same each time, in the page's colours."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from comparison.charts.spread import spread
from comparison.charts.symbols import symbol
from comparison.diagrams.parts import graph

from comparison import charts
from comparison.charts import patterns
from comparison.charts.vega import PAPER
from comparison.diagrams import dot, draw
from comparison.facts.costs import changes, costs
from comparison.formatting import rate
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from pricing.charges import CATEGORIES
from pricing.report import at_size
from pricing.sizes import LARGER_SIZES

NO_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")


def test_a_drawing_has_every_resource_once(facts: Any) -> None:
    for target in facts.targets:
        found = graph(target.template)
        completing = sum(
            int(part.split(" × ")[0]) if " × " in part else 1 for node in found.nodes for part in node.completed_by
        )
        assert len(found.nodes) + completing == target.resource_count


def test_arrows_join_what_is_drawn(facts: Any) -> None:
    for target in facts.targets:
        found = graph(target.template)
        names = {node.resource.logical_id for node in found.nodes}
        assert {name for edge in found.edges for name in edge} <= names
        assert not [edge for edge in found.edges if edge[0] == edge[1]]


def test_the_ids_of_two_drawings_are_not_mixed(facts: Any) -> None:
    drawn = draw({target.id: dot(target.template, f"d-{target.id}") for target in facts.targets[:2]})
    ids = [found for svg in drawn.values() for found in re.findall(r' id="([^"]+)"', svg)]
    assert ids
    assert len(ids) == len(set(ids))


def test_a_drawing_has_text_and_keeps_no_title_that_would_pop_up(facts: Any) -> None:
    [svg] = draw({"lambda": dot(facts.target("lambda").template, "d")}).values()
    assert svg.startswith("<svg ")
    assert "Lambda Function" in svg
    assert "<title>" not in svg
    assert re.search(r'width="\d+\.\d+" height="\d+\.\d+"', svg)


def test_a_graph_that_graphviz_refuses_is_an_error_with_a_cure() -> None:
    with pytest.raises(ActionableError, match="diagrams could not be drawn"):
        draw({"broken": "digraph {"})


def of_cost(facts: Any) -> str:
    return "".join(one.svg for one in charts.cost_against_load(facts.costs, facts.sizes[:1]))


DRAWN = {"cost": of_cost, "idle": lambda facts: charts.idle_cost(facts.costs), "latency": charts.latency}


@pytest.mark.parametrize("draw_it", DRAWN.values(), ids=DRAWN)
def test_charts_have_a_name_and_the_page_s_colours_only(facts: Any, draw_it: Callable[[Any], str]) -> None:
    svg = draw_it(facts)
    assert re.findall(r'<svg [^>]*class="(\w+)" role="img" aria-labelledby=', svg) == ["wide", "narrow"]
    assert svg.count("<title") == svg.count("<desc") == 2
    assert not NO_COLOUR.findall(svg)
    assert draw_it(facts) == svg


def test_both_drawings_label_each_line_and_mark_each_change(facts: Any) -> None:
    drawn = charts.cost_against_load(facts.costs, facts.sizes)
    assert [one.name for one in drawn] == [size.name for size in facts.sizes]
    marked = []
    for size, svg in ((size, svg) for size, one in zip(facts.sizes, drawn, strict=True) for svg in halves(one.svg)):
        words = re.findall(r"<text[^>]*>([^<]+)</text>", svg)
        for cost_model in size.cost_models:
            assert words.count(f"{cost_model.target} (closed)" if cost_model.closed else cost_model.target) == 1
        found = [f"{rate(change.requests_per_second)}/s" for change in list(changes(at_size(facts.costs, size)))[1:]]
        assert found
        assert set(found) <= set(words)
        marked.append(tuple(found))
    assert len(set(marked)) == len(facts.sizes)


def halves(svg: str) -> list[str]:
    found = svg.split("\n<svg ")
    assert len(found) == 2
    return found


def test_the_answer_at_a_size_is_that_of_templates_with_that_size(facts: Any, variant: Any) -> None:
    """But for what no target stands on, which no size changes."""
    assert at_size(facts.costs, facts.sizes[0]) is facts.costs
    [cpu, memory_mib], size = LARGER_SIZES[0], facts.sizes[1]
    larger = Assembly.load(variant(context={"service": {"cpu": cpu, "memory_mib": memory_mib}}).directory)
    assert at_size(facts.costs, size) == replace(
        costs(larger), beside=facts.costs.shared_costs, shared_charges=facts.costs.shared_charges
    )


def test_no_place_in_a_chart_has_more_than_two_decimals(facts: Any) -> None:
    drawn = of_cost(facts) + charts.idle_cost(facts.costs) + charts.latency(facts)
    assert re.findall(r'(?:\bd|transform|x2)="[^"]*?\d\.\d\d[^"]*"', drawn)
    assert not re.findall(r'(?:\bd|transform|x2)="[^"]*?\.\d{3,}[^"]*"', drawn)


def test_ids_of_charts_are_not_mixed_and_what_they_refer_to_is_there(facts: Any) -> None:
    of_sizes = "".join(one.svg for one in charts.cost_against_load(facts.costs, facts.sizes))
    drawn = of_sizes + charts.idle_cost(facts.costs) + charts.latency(facts)
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))
    referred = re.findall(r"url\(#([^)]+)\)", drawn)
    assert referred
    assert set(referred) <= set(ids)


def test_points_and_patterns_tell_twelve_lines_and_every_part_apart() -> None:
    twelve = [symbol(number) for number in range(12)]
    assert len({(one["shape"], one["fill"] == PAPER) for one in twelve}) == 12
    every = range(len(charts.CATEGORY_LABELS))
    drawn = [patterns.definitions(number + 1).split("<pattern")[-1] for number in every]
    tiles = [re.findall(r' d="([^"]+)"', pattern) if patterns.fill(number).startswith("url") else []
             for number, pattern in enumerate(drawn)]  # fmt: skip
    assert len({tuple(tile) for tile in tiles}) == len(every)


def test_every_part_of_a_bill_has_words_in_the_order_of_the_tables(facts: Any) -> None:
    assert list(charts.CATEGORY_LABELS) == list(CATEGORIES)
    there = {amount.category for one in facts.costs.estimates for amount in one.idle_line_items if amount.usd > 0}
    words = re.findall(r"<text[^>]*>([^<]+)</text>", charts.idle_cost(facts.costs).split("\n<svg ")[0])
    assert [word for word in words if word in charts.CATEGORY_LABELS.values()] == [
        words for group, words in charts.CATEGORY_LABELS.items() if group in there
    ]


def test_the_nat_gateway_is_a_part_by_itself(facts: Any) -> None:
    lines = [line for cost_model in facts.costs.cost_models for line in cost_model.charges]
    assert {line.type for line in lines if line.category == "nat"} == {"AWS::EC2::NatGateway"}
    assert "NAT gateway" in charts.idle_cost(facts.costs)


def test_without_a_run_there_is_no_chart_of_it(facts: Any) -> None:
    bare = replace(facts, targets=tuple(replace(target, measured=None) for target in facts.targets))
    assert charts.latency(bare) == ""


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([10, 50, 90], [10, 50, 90]),
        ([50, 50], [45, 55]),
        ([50, 52, 51], [41, 61, 51]),
        ([0, 0, 0], [0, 10, 20]),
        ([100, 99], [100, 90]),
        ([], []),
    ],
)
def test_labels_move_apart_and_stay_within_bounds(places: list[float], moved: list[float]) -> None:
    assert spread(places, 10, 0, 100) == moved


def test_neighbours_that_are_pushed_together_are_moved_on() -> None:
    moved = spread([40, 45, 50, 53, 90], 10, 0, 100)
    gaps = [second - first for first, second in itertools.pairwise(moved)]
    assert min(gaps) >= 10
