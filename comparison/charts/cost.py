"""Cost against load, both in powers of ten: one line a target, with its name beside it."""

import math
from collections.abc import Mapping
from typing import Any

from comparison.charts.marks import crossings, default_load
from comparison.charts.spread import spread
from comparison.charts.vega import colour, svg
from comparison.facts.costs import Costs, thresholds

WIDTH, HEIGHT = 740, 440
FIRST_LOAD = 0.01
_LABEL_PX = 16


def cost_against_load(costs: Costs) -> str:
    """Draw the chart."""
    curves = {target: [point for point in points if point[0] >= FIRST_LOAD] for target, points in costs.curves.items()}
    highest = max(rate for points in curves.values() for rate, _ in points)
    usd = [amount for points in curves.values() for _, amount in points]
    bottom, top = 10 ** math.floor(math.log10(min(usd))), max(usd) * 1.6
    spec = {
        "width": WIDTH,
        "height": HEIGHT,
        "padding": {"left": 20, "right": 10, "top": 8, "bottom": 6},
        "layer": [
            _lines(costs, curves, highest * 1.06, (bottom, top)),
            _names(costs, curves, (bottom, top)),
            *crossings(costs, FIRST_LOAD),
            *default_load(costs, HEIGHT),
        ],
    }
    return svg(spec, id_="cost", title="Cost against load", description=thresholds(costs))


def _axes(highest: float, bounds: tuple[float, float]) -> dict[str, Any]:
    ticks = [10.0**power for power in range(-2, math.floor(math.log10(highest)) + 1)]
    return {
        "x": {
            "field": "rate",
            "type": "quantitative",
            "scale": {"type": "log", "domain": [FIRST_LOAD, highest], "nice": False},
            "axis": {"values": ticks, "format": "~g", "title": "requests a second"},
        },
        "y": {
            "field": "usd",
            "type": "quantitative",
            "scale": {"type": "log", "domain": list(bounds), "nice": False},
            "axis": {
                "values": [10.0**power for power in range(6)],
                "format": "$,~g",
                "title": "US dollars a month",
                "orient": "right",
            },
        },
    }


def _lines(costs: Costs, curves: Mapping[str, Any], highest: float, bounds: tuple[float, float]) -> dict[str, Any]:
    targets = [profile.target for profile in costs.profiles]
    closed = {profile.target for profile in costs.profiles if profile.closed}
    points = [
        {"target": target, "rate": rate, "usd": amount, "closed": target in closed}
        for target in targets
        for rate, amount in curves[target]
    ]
    return {
        "data": {"values": points},
        "mark": {"type": "line", "strokeWidth": 2.2},
        "encoding": {
            **_axes(highest, bounds),
            "detail": {"field": "target", "type": "nominal"},
            "color": {
                "field": "target",
                "type": "nominal",
                "scale": {"domain": targets, "range": [colour(place) for place in range(len(targets))]},
                "legend": None,
            },
            "strokeDash": {
                "field": "closed",
                "type": "nominal",
                "scale": {"domain": [False, True], "range": [[1, 0], [5, 4]]},
                "legend": None,
            },
        },
    }


def _names(costs: Costs, curves: Mapping[str, Any], bounds: tuple[float, float]) -> dict[str, Any]:
    """Names at the left, beside the starts of the lines, where the lines lie furthest apart."""
    low, high = (math.log10(bound) for bound in bounds)
    starts = [HEIGHT - (math.log10(curves[one.target][0][1]) - low) / (high - low) * HEIGHT for one in costs.profiles]
    moved = spread(starts, _LABEL_PX, 8, HEIGHT - 8)
    names = [
        {
            "name": f"{one.target} (closed)" if one.closed else one.target,
            "y": y,
            "colour": colour(place),
        }
        for place, (one, y) in enumerate(zip(costs.profiles, moved, strict=True))
    ]
    y = {"field": "y", "type": "quantitative", "scale": None, "axis": None}
    fixed = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    return {
        "data": {"values": names},
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
                "encoding": {"x": {"value": -8}, "y": y, "color": fixed},
            },
            {
                "mark": {"type": "text", "align": "right", "baseline": "middle"},
                "encoding": {"x": {"value": -17}, "y": y, "text": {"field": "name"}},
            },
        ],
    }
