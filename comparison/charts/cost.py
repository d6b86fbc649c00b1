"""Cost against load, both in powers of ten: one line a target, with its name at the line's end."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comparison.charts.frame import Curve, Frame
from comparison.charts.marks import break_even_marks, default_load, your_load
from comparison.charts.names import names
from comparison.charts.symbols import points
from comparison.charts.vega import Size, both, colour, svg
from comparison.facts.costs import CostReport, thresholds
from pricing.report import at_size
from pricing.sizes import ReplicaSize


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


def cost_against_load(costs: CostReport, sizes: Sequence[ReplicaSize]) -> list[OfSize]:
    """Draw one chart for each size of a copy, in the same order."""
    return [_of_size(at_size(costs, size), size.name, f"cost-{place}") for place, size in enumerate(sizes)]


def _of_size(costs: CostReport, name: str, id_: str) -> OfSize:
    title = f"Cost against load, copies of {name}"
    return OfSize(name=name, said=thresholds(costs), svg=both(lambda size: _draw(costs, size, id_, title)))


def _draw(costs: CostReport, size: Size, id_: str, title: str) -> str:
    frame = Frame.around(costs.curves, size)
    curves = {one.target: costs.curves[one.target] for one in costs.cost_models}
    spec = {
        **frame.layout(),
        "layer": [
            *default_load(costs, frame),
            _charges(costs, curves, frame),
            points(curves, frame),
            *names(costs, curves, frame),
            *break_even_marks(costs, frame),
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
                "labelFlush": wide,
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


def _charges(costs: CostReport, curves: Mapping[str, Curve], frame: Frame) -> dict[str, Any]:
    targets = list(curves)
    closed = {cost_model.target for cost_model in costs.cost_models if cost_model.closed_to_new_customers}
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
