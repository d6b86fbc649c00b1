"""What is marked on the chart of cost against load: crossings, changes of the cheapest, the default load."""

from collections.abc import Iterator
from typing import Any

from comparison.charts.vega import INK, MUTED, PAPER
from comparison.facts.costs import Costs, changes
from comparison.wording import rate as rated


def crossings(costs: Costs, lowest: float) -> Iterator[dict[str, Any]]:
    """Small dots where two lines cross; a ring and words where another target becomes the cheapest."""
    where = {"x": {"field": "rate", "type": "quantitative"}, "y": {"field": "usd", "type": "quantitative"}}
    dots = [{"rate": one.requests_per_second, "usd": one.usd} for one in costs.crossovers]
    rings = [
        {"rate": one.requests_per_second, "usd": one.usd, "words": f"{rated(one.requests_per_second)}/s"}
        for one in changes(costs)
        if one.requests_per_second >= lowest
    ]
    yield {
        "data": {"values": [dot for dot in dots if dot["rate"] >= lowest]},
        "mark": {"type": "point", "filled": True, "size": 20, "color": INK, "opacity": 1},
        "encoding": where,
    }
    words = {"field": "words"}
    yield {
        "data": {"values": rings},
        "layer": [
            {"mark": {"type": "point", "size": 130, "strokeWidth": 2, "color": INK, "fill": PAPER}, "encoding": where},
            *(
                {"mark": {"type": "text", "dy": 21, "fontWeight": "bold", **halo}, "encoding": {**where, "text": words}}
                for halo in ({"stroke": PAPER, "strokeWidth": 5, "strokeJoin": "round"}, {})
            ),
        ],
    }


def default_load(costs: Costs, height: int) -> Iterator[dict[str, Any]]:
    """A line where the default load lies."""
    rate = costs.load.requests_per_second
    x = {"field": "rate", "type": "quantitative"}
    words = f"default load, {rated(rate)}/s"
    yield {
        "data": {"values": [{"rate": rate, "words": words}]},
        "layer": [
            {"mark": {"type": "rule", "color": MUTED, "strokeDash": [2, 3]}, "encoding": {"x": x}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": MUTED},
                "encoding": {"x": x, "y": {"value": height - 10}, "text": {"field": "words"}},
            },
        ],
    }
