"""The charts: the same each time, in the page's colours, with names and symbols that need no colour."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from comparison import charts
from comparison.charts.by_target import LABELS, pattern_definitions, pattern_fill
from comparison.charts.cost_by_load import spread, symbol
from comparison.charts.vega import PAPER
from comparison.formatting import rate
from comparison.thresholds import thresholds
from deployment.assembly import Assembly
from pricing.charges import CATEGORIES
from pricing.prices import PriceList
from pricing.report import at_size, cost_report
from pricing.sizes import LARGER_SIZES

NO_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")


def cost_chart(facts: Any) -> str:
    return "".join(one.svg for one in charts.cost_by_load(facts.costs, facts.sizes[:1]))


DRAWN = {"cost": cost_chart, "idle": lambda facts: charts.idle_cost(facts.costs), "latency": charts.latency}


@pytest.mark.parametrize("draw_it", DRAWN.values(), ids=DRAWN)
def test_charts_have_a_name_and_the_page_s_colours_only(facts: Any, draw_it: Callable[[Any], str]) -> None:
    svg = draw_it(facts)
    assert re.findall(r'<svg [^>]*class="(\w+)" role="img" aria-labelledby=', svg) == ["wide", "narrow"]
    assert svg.count("<title") == svg.count("<desc") == 2
    assert not NO_COLOUR.findall(svg)
    assert draw_it(facts) == svg


def test_both_drawings_label_each_line_and_the_thresholds_that_have_room(facts: Any) -> None:
    """The caption names all thresholds, too."""
    drawn = charts.cost_by_load(facts.costs, facts.sizes)
    assert [one.size for one in drawn] == [size.name for size in facts.sizes]
    marked = []
    for size, caption, svg in (
        (size, one.thresholds, svg) for size, one in zip(facts.sizes, drawn, strict=True) for svg in halves(one.svg)
    ):
        words = re.findall(r"<text[^>]*>([^<]+)</text>", svg)
        for cost_model in size.cost_models:
            assert (
                words.count(
                    f"{cost_model.target} (closed)" if cost_model.closed_to_new_customers else cost_model.target
                )
                == 1
            )
        found = [
            f"{rate(threshold.requests_per_second)}/s" for threshold in list(thresholds(at_size(facts.costs, size)))[1:]
        ]
        assert found
        assert found[0] in words
        assert all(each.removesuffix("/s") in caption for each in found)
        marked.append(tuple(found))
    assert len(set(marked)) == len(facts.sizes)


def halves(svg: str) -> list[str]:
    found = svg.split("\n<svg ")
    assert len(found) == 2
    return found


def test_the_report_at_a_size_is_that_of_templates_with_that_size(facts: Any, variant: Any) -> None:
    """Except for the costs that belong to no target, which do not depend on the size."""
    assert at_size(facts.costs, facts.sizes[0]) is facts.costs
    [cpu, memory_mib], size = LARGER_SIZES[0], facts.sizes[1]
    larger = Assembly.load(variant(context={"service": {"cpu": cpu, "memory_mib": memory_mib}}).directory)
    shared = {"shared_costs": facts.costs.shared_costs, "shared_charges": facts.costs.shared_charges}
    report = cost_report(larger, facts.costs.usage, PriceList.load())
    assert at_size(facts.costs, size) == replace(report, **shared)


def test_no_coordinate_of_a_chart_has_more_than_two_decimals(facts: Any) -> None:
    drawn = cost_chart(facts) + charts.idle_cost(facts.costs) + charts.latency(facts)
    assert re.findall(r'(?:\bd|transform|x2)="[^"]*?\d\.\d\d[^"]*"', drawn)
    assert not re.findall(r'(?:\bd|transform|x2)="[^"]*?\.\d{3,}[^"]*"', drawn)


def test_ids_of_charts_differ_and_references_resolve(facts: Any) -> None:
    of_sizes = "".join(one.svg for one in charts.cost_by_load(facts.costs, facts.sizes))
    drawn = of_sizes + charts.idle_cost(facts.costs) + charts.latency(facts)
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))
    referred = re.findall(r"url\(#([^)]+)\)", drawn)
    assert referred
    assert set(referred) <= set(ids)


def test_symbols_and_patterns_distinguish_twelve_lines_and_every_category() -> None:
    twelve = [symbol(number) for number in range(12)]
    assert len({(one["shape"], one["fill"] == PAPER) for one in twelve}) == 12
    every = range(len(LABELS))
    drawn = [pattern_definitions(number + 1).split("<pattern")[-1] for number in every]
    tiles = [re.findall(r' d="([^"]+)"', pattern) if pattern_fill(number).startswith("url") else []
             for number, pattern in enumerate(drawn)]  # fmt: skip
    assert len({tuple(tile) for tile in tiles}) == len(every)


def test_every_category_has_a_label_in_the_order_of_the_tables(facts: Any) -> None:
    assert list(LABELS) == list(CATEGORIES)
    there = {amount.category for one in facts.costs.estimates for amount in one.idle_line_items if amount.usd > 0}
    words = re.findall(r"<text[^>]*>([^<]+)</text>", charts.idle_cost(facts.costs).split("\n<svg ")[0])
    assert [word for word in words if word in LABELS.values()] == [
        words for group, words in LABELS.items() if group in there
    ]


def test_the_nat_gateway_is_a_category_of_its_own(facts: Any) -> None:
    lines = [line for cost_model in facts.costs.cost_models for line in cost_model.charges]
    assert {line.type for line in lines if line.category == "nat"} == {"AWS::EC2::NatGateway"}
    assert "NAT gateway" in charts.idle_cost(facts.costs)


def test_without_a_run_there_is_no_chart_of_latency(facts: Any) -> None:
    bare = replace(facts, targets=tuple(replace(target, local_run=None) for target in facts.targets))
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


def test_neighbours_of_moved_labels_move_as_well() -> None:
    moved = spread([40, 45, 50, 53, 90], 10, 0, 100)
    gaps = [second - first for first, second in itertools.pairwise(moved)]
    assert min(gaps) >= 10
