"""What is marked on the chart of cost against load: crossings, changes of the cheapest, two loads."""

from collections.abc import Iterator
from typing import Any

from comparison.charts.frame import Frame
from comparison.charts.vega import INK, MUTED, PAPER
from comparison.facts.costs import CostReport, changes
from comparison.wording import rate as rated


def break_even_marks(costs: CostReport, frame: Frame) -> Iterator[dict[str, Any]]:
    """Small dots where two lines cross; a ring and words where another target becomes the cheapest."""
    where = {"x": {"field": "rate", "type": "quantitative"}, "y": {"field": "usd", "type": "quantitative"}}
    lowest, wide = frame.rates[0], frame.size == "wide"
    dots = [{"rate": one.requests_per_second, "usd": one.usd} for one in costs.break_even_points]
    rings = [
        {"rate": one.requests_per_second, "usd": one.usd, "words": f"{rated(one.requests_per_second)}/s"}
        for one in changes(costs)
        if one.requests_per_second >= lowest
    ]
    yield {
        "name": "crossings",
        "data": {"values": [dot for dot in dots if dot["rate"] >= lowest]},
        "mark": {"type": "point", "filled": True, "size": 20 if wide else 12, "color": INK, "opacity": 1},
        "encoding": where,
    }
    ring = {"type": "point", "size": 130 if wide else 70, "strokeWidth": 2, "color": INK, "fill": PAPER}
    text = {"type": "text", "dy": 21 if wide else 16, "fontWeight": "bold"}
    yield {
        "data": {"values": rings},
        "layer": [
            {"name": "changes", "mark": ring, "encoding": where},
            *(
                {"mark": {**text, **halo}, "encoding": {**where, "text": {"field": "words"}}}
                for halo in ({"stroke": PAPER, "strokeWidth": 5, "strokeJoin": "round"}, {})
            ),
        ],
    }


def default_load(costs: CostReport, frame: Frame) -> Iterator[dict[str, Any]]:
    """A line where the default load lies; its words stand on the side that has more room."""
    rate = costs.usage.requests_per_second
    side = {"align": "right", "dx": -5} if frame.x(rate) > frame.width / 2 else {"align": "left", "dx": 5}
    x = {"field": "rate", "type": "quantitative"}
    words = f"default load, {rated(rate)}/s" if frame.size == "wide" else f"default, {rated(rate)}/s"
    yield {
        "data": {"values": [{"rate": rate, "words": words}]},
        "layer": [
            {"mark": {"type": "rule", "color": MUTED, "strokeDash": [2, 3]}, "encoding": {"x": x}},
            {
                "mark": {"type": "text", **side, "color": MUTED},
                "encoding": {"x": x, "y": {"value": 10}, "text": {"field": "words"}},
            },
        ],
    }


def your_load(frame: Frame) -> str:
    """Return SVG, not shown: page/chart.js moves it to the reader's load and needs nothing else to know where."""
    lowest, highest = frame.rates
    below_default = frame.top + 10 + 1.6 * frame.font_px
    words = "your load, {}/s" if frame.size == "wide" else "your load"
    return (
        f'<g class="yours" display="none" data-left="{frame.left}" data-width="{frame.width}" '
        f'data-lowest="{lowest:g}" data-highest="{highest:.9g}" data-words="{words}">'
        f'<path d="M0,{frame.top}v{frame.height}"/>'
        f'<text y="{below_default:g}" font-size="{frame.font_px:g}px"></text></g>'
    )
