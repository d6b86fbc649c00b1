"""The targets' names on the chart of cost against load, each led to from the end of its line."""

from collections.abc import Iterator, Mapping
from typing import Any

from comparison.charts.frame import Curve, Frame
from comparison.charts.spread import spread
from comparison.charts.symbols import in_pixels, keys, symbol
from comparison.charts.vega import Size
from comparison.facts.costs import CostReport

# From the plot's edge to the point beside a name, and from there to the name.
_LEADER_PX: Mapping[Size, int] = {"wide": 40, "narrow": 16}
_TO_NAME_PX: Mapping[Size, int] = {"wide": 10, "narrow": 7}


def names(costs: CostReport, curves: Mapping[str, Curve], frame: Frame) -> Iterator[dict[str, Any]]:
    """Names in a column right of the lines' ends, each led to from its end: most lines end close together."""
    ends = [curve[-1] for curve in curves.values()]
    moved = spread([frame.y(usd) for _, usd in ends], frame.font_px * 1.35, 0, frame.height)
    x = frame.width + _LEADER_PX[frame.size]
    placed = [
        {
            "x": round(frame.x(rate), 2),
            "y": round(frame.y(usd), 2),
            "x2": x,
            "y2": round(y, 2),
            "name": f"{one.target} (closed)" if one.closed_to_new_customers else one.target,
            **symbol(place),
        }
        for place, (one, (rate, usd), y) in enumerate(zip(costs.cost_models, ends, moved, strict=True))
    ]
    yield {
        "name": "leaders",
        "data": {"values": placed},
        "mark": {"type": "rule", "strokeWidth": 0.8, "opacity": 1},
        "encoding": {
            **in_pixels("x", "y", "x2", "y2"),
            "color": {"field": "stroke", "type": "nominal", "scale": None, "legend": None},
        },
    }
    there = [{**one, "x": one["x2"], "y": one["y2"]} for one in placed]
    yield keys(there, frame.size)
    yield {
        "name": "names",
        "data": {"values": there},
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": _TO_NAME_PX[frame.size]},
        "encoding": {**in_pixels("x", "y"), "text": {"field": "name"}},
    }
