"""Cost against load, both in powers of ten: one line a target, with its name at the line's end."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comparison.charts.frame import Curve, Frame
from comparison.charts.marks import crossings, default_load, your_load
from comparison.charts.sizes import at_size
from comparison.charts.spread import spread
from comparison.charts.symbols import in_pixels, keys, points, symbol
from comparison.charts.vega import Size, both, colour, svg
from comparison.cost import sizes as copies
from comparison.facts.costs import Costs, thresholds

# From the plot's edge to the point beside a name, and from there to the name.
_LEADER_PX: Mapping[Size, int] = {"wide": 40, "narrow": 16}
_TO_NAME_PX: Mapping[Size, int] = {"wide": 10, "narrow": 7}


@dataclass(frozen=True, kw_only=True)
class OfSize:
    """The chart for copies of one size.

    Attributes:
        name: the size, such as "0.25 vCPU, 512 MiB".
        said: up to which load which target is cheapest.
        svg: the chart, for wide windows and for narrow ones.
    """

    name: str
    said: str
    svg: str


def cost_against_load(costs: Costs, sizes: Sequence[copies.Size]) -> list[OfSize]:
    """Draw one chart for each size of a copy, in the same order."""
    return [_of_size(at_size(costs, size), size.name, f"cost-{place}") for place, size in enumerate(sizes)]


def _of_size(costs: Costs, name: str, id_: str) -> OfSize:
    title = f"Cost against load, copies of {name}"
    return OfSize(name=name, said=thresholds(costs), svg=both(lambda size: _draw(costs, size, id_, title)))


def _draw(costs: Costs, size: Size, id_: str, title: str) -> str:
    frame = Frame.around(costs.curves, size)
    curves = {one.target: costs.curves[one.target] for one in costs.profiles}
    spec = {
        **frame.layout(),
        "layer": [
            *default_load(costs, frame),
            _lines(costs, curves, frame),
            points(curves, frame),
            *_names(costs, curves, frame),
            *crossings(costs, frame),
        ],
    }
    return svg(spec, size=size, id_=id_, title=title, description=thresholds(costs), over=your_load(frame))


def _axes(frame: Frame) -> dict[str, Any]:
    low, high = (math.log10(rate) for rate in frame.rates)
    wide = frame.size == "wide"
    return {
        "x": {
            "field": "rate",
            "type": "quantitative",
            "scale": {"type": "log", "domain": list(frame.rates), "nice": False},
            "axis": {
                "values": [10.0**power for power in range(round(low), math.floor(high) + 1)],
                "format": ",~g",
                "title": "requests a second",
            },
        },
        "y": {
            "field": "usd",
            "type": "quantitative",
            "scale": {"type": "log", "domain": list(frame.usd), "nice": False},
            "axis": {
                "values": [10.0**power for power in range(math.floor(math.log10(frame.usd[1])) + 1)],
                "format": "$,~g" if wide else "$~s",
                "tickSize": 5 if wide else 3,
                "labelPadding": 4 if wide else 2,
                "title": "US dollars a month",
                "orient": "left",
                # Upright above the axis: nobody has to tilt a head.
                "titleAngle": 0,
                "titleAlign": "left",
                "titleBaseline": "bottom",
                "titleX": 4 - frame.left,
                "titleY": -10,
            },
        },
    }


def _lines(costs: Costs, curves: Mapping[str, Curve], frame: Frame) -> dict[str, Any]:
    targets = list(curves)
    closed = {profile.target for profile in costs.profiles if profile.closed}
    found = [
        {"target": target, "rate": rate, "usd": amount, "closed": target in closed}
        for target in targets
        for rate, amount in curves[target]
        if rate >= frame.rates[0]
    ]
    return {
        "data": {"values": found},
        "mark": {"type": "line", "strokeWidth": 2 if frame.size == "wide" else 1.6},
        "encoding": {
            **_axes(frame),
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


def _names(costs: Costs, curves: Mapping[str, Curve], frame: Frame) -> Iterator[dict[str, Any]]:
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
            "name": f"{one.target} (closed)" if one.closed else one.target,
            **symbol(place),
        }
        for place, (one, (rate, usd), y) in enumerate(zip(costs.profiles, ends, moved, strict=True))
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
