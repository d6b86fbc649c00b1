"""The chart of cost by load, with logarithmic axes: one line for each target, with its name at the end."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comparison.charts.vega import FONT_PX, INK, MUTED, PAPER, TOTAL_WIDTH, Size, both_sizes, colour, svg
from comparison.facts import CostReport
from comparison.formatting import rate as format_rate
from comparison.thresholds import thresholds, thresholds_text
from pricing.report import at_size
from pricing.sizes import ReplicaSize

Curve = Sequence[tuple[float, float]]
"""(requests per second, US dollars per month)."""

# In a narrow chart the interesting part of the lines needs the width.
_MIN_RATE: Mapping[Size, float] = {"wide": 0.01, "narrow": 0.1}
_HEIGHT: Mapping[Size, int] = {"wide": 540, "narrow": 400}
# Left of the plot: labels of the axis. Right of it: leader line, symbol and name of each target.
_LEFT: Mapping[Size, int] = {"wide": 84, "narrow": 36}
_RIGHT: Mapping[Size, int] = {"wide": 246, "narrow": 168}
_TOP = 28
_LEADER_PX: Mapping[Size, int] = {"wide": 40, "narrow": 16}
_NAME_PX: Mapping[Size, int] = {"wide": 10, "narrow": 7}
_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
_SYMBOL_AREA: Mapping[Size, int] = {"wide": 60, "narrow": 38}
_DECADES_BETWEEN_SYMBOLS: Mapping[Size, float] = {"wide": 1, "narrow": 2}
SYMBOLS = 2 * len(_SHAPES)
"""Number of symbols: each shape filled and unfilled."""
_AS_IS: Mapping[str, Any] = {
    channel: {"field": channel, "type": "nominal", "scale": None, "legend": None}
    for channel in ("shape", "fill", "stroke")
}
_RATE_AND_USD = {"x": {"field": "rate", "type": "quantitative"}, "y": {"field": "usd", "type": "quantitative"}}


@dataclass(frozen=True, kw_only=True)
class CostChart:
    """The chart for one replica size.

    Attributes:
        size: such as "0.25 vCPU, 512 MiB".
        thresholds: which target is cheapest up to which request rate.
        svg: the chart, for wide and for narrow windows.
    """

    size: str
    thresholds: str
    svg: str


def cost_by_load(report: CostReport, sizes: Sequence[ReplicaSize]) -> list[CostChart]:
    """Draw one chart for each replica size."""
    return [_chart(at_size(report, size), size.name, f"cost-{number}") for number, size in enumerate(sizes)]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The plot area, with logarithmic axes.

    Attributes:
        size: size of the drawing.
        rates: lowest and highest request rate per second.
        usd: lowest and highest amount, in US dollars per month.
    """

    size: Size
    rates: tuple[float, float]
    usd: tuple[float, float]

    @classmethod
    def around(cls, curves: Mapping[str, Curve], size: Size) -> "Frame":
        """Return the frame that all curves fit into."""
        lowest = _MIN_RATE[size]
        points = [point for curve in curves.values() for point in curve if point[0] >= lowest]
        usd = [amount for _, amount in points]
        return cls(
            size=size,
            rates=(lowest, max(rate for rate, _ in points) * 1.06),
            usd=(10 ** math.floor(math.log10(min(usd))), max(usd) * 1.6),
        )

    @property
    def is_wide(self) -> bool:
        """Whether the drawing is the wide one."""
        return self.size == "wide"

    @property
    def width(self) -> int:
        """Width of the plot in pixels."""
        return TOTAL_WIDTH[self.size] - _LEFT[self.size] - _RIGHT[self.size]

    @property
    def height(self) -> int:
        """Height of the plot in pixels."""
        return _HEIGHT[self.size]

    def x(self, rate: float) -> float:
        """Return pixels from the left of the plot."""
        return self.width * _position(rate, self.rates)

    def y(self, usd: float) -> float:
        """Return pixels from the top of the plot."""
        return self.height * (1 - _position(usd, self.usd))


def symbol(number: int) -> dict[str, str]:
    """Return shape, fill and stroke of the target with this number: lines differ without colour, too."""
    stroke = colour(number)
    filled = number % SYMBOLS < len(_SHAPES)
    return {"shape": _SHAPES[number % len(_SHAPES)], "fill": stroke if filled else PAPER, "stroke": stroke}


def comparable(curves: Mapping[str, Curve]) -> dict[str, Curve]:
    """Return the curves up to the highest load that two targets support: above it, there is nothing to compare."""
    highest = sorted(curve[-1][0] for curve in curves.values())[-2:][0]
    return {target: [point for point in curve if point[0] <= highest] for target, curve in curves.items()}


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart: return positions at least `gap` apart, in the same order, within bounds, as near as possible.

    Neighbours that are too close form a block, which is centred on its members; blocks that overlap are joined.
    """
    order = sorted(range(len(positions)), key=lambda index: (positions[index], index))

    def start(block: Sequence[int]) -> float:
        length = gap * (len(block) - 1)
        centre = sum(positions[index] for index in block) / len(block)
        return max(low, min(high - length, centre - length / 2))

    blocks: list[list[int]] = []
    for index in order:
        blocks.append([index])
        while len(blocks) > 1 and start(blocks[-1]) < start(blocks[-2]) + gap * len(blocks[-2]):
            blocks[-2:] = [[*blocks[-2], *blocks[-1]]]
    moved = [0.0] * len(positions)
    for block in blocks:
        for number, index in enumerate(block):
            moved[index] = start(block) + gap * number
    return moved


def _position(value: float, bounds: tuple[float, float]) -> float:
    low, high = (math.log10(bound) for bound in bounds)
    return (math.log10(value) - low) / (high - low)


def _chart(report: CostReport, name: str, id_: str) -> CostChart:
    title = f"Monthly cost by load, replicas of {name}"
    text = thresholds_text(report)
    return CostChart(size=name, thresholds=text, svg=both_sizes(lambda size: _draw(report, size, id_, title, text)))


def _draw(report: CostReport, size: Size, id_: str, title: str, description: str) -> str:
    compared = comparable(report.curves)
    frame = Frame.around(compared, size)
    curves = {model.target: compared[model.target] for model in report.cost_models}
    spec = {
        "width": frame.width,
        "height": frame.height,
        "autosize": "none",
        "padding": {"left": _LEFT[size], "right": _RIGHT[size], "top": _TOP, "bottom": 45},
        "layer": [
            _default_load(report, frame),
            _lines(report, curves, frame),
            _symbols(curves, frame),
            *_names(report, curves, frame),
            *_break_even_points(report, frame),
        ],
    }
    return svg(spec, size=size, id_=id_, title=title, description=description, overlay=_your_load(frame))


def _axes(frame: Frame) -> dict[str, Any]:
    low, high = (math.log10(rate) for rate in frame.rates)
    return {
        "x": {
            "field": "rate",
            "type": "quantitative",
            "scale": {"type": "log", "domain": list(frame.rates), "nice": False},
            "axis": {
                "values": [10.0**power for power in range(round(low), math.floor(high) + 1)],
                "format": ",~g",
                "labelFlush": frame.is_wide,
                "title": "requests per second",
            },
        },
        "y": {
            "field": "usd",
            "type": "quantitative",
            "scale": {"type": "log", "domain": list(frame.usd), "nice": False},
            "axis": {
                "values": [10.0**power for power in range(math.floor(math.log10(frame.usd[1])) + 1)],
                "format": "$,~g" if frame.is_wide else "$~s",
                "tickSize": 5 if frame.is_wide else 3,
                "labelPadding": 4 if frame.is_wide else 2,
                "title": "US dollars a month",
                "orient": "left",
                # Horizontal, above the axis.
                "titleAngle": 0,
                "titleAlign": "left",
                "titleBaseline": "bottom",
                "titleX": 4 - _LEFT[frame.size],
                "titleY": -10,
            },
        },
    }


def _lines(report: CostReport, curves: Mapping[str, Curve], frame: Frame) -> dict[str, Any]:
    targets = list(curves)
    closed = {model.target for model in report.cost_models if model.closed_to_new_customers}
    values = [
        {"target": target, "rate": rate, "usd": amount, "closed": target in closed}
        for target in targets
        for rate, amount in curves[target]
        if rate >= frame.rates[0]
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "line", "strokeWidth": 2 if frame.is_wide else 1.6},
        "encoding": {
            **_axes(frame),
            "detail": {"field": "target", "type": "nominal"},
            "color": {
                "field": "target",
                "type": "nominal",
                "scale": {"domain": targets, "range": [colour(number) for number in range(len(targets))]},
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


def _symbols(curves: Mapping[str, Curve], frame: Frame) -> dict[str, Any]:
    """Symbols along the lines, staggered because many lines overlap."""
    values = [
        {"rate": rate, "usd": usd, **symbol(number)}
        for number, curve in enumerate(curves.values())
        for rate, usd in _points(curve, frame, number / len(curves))
    ]
    encoding = {**_RATE_AND_USD, **_AS_IS}
    return {"name": "points", "data": {"values": values}, "mark": _symbol_mark(frame.size), "encoding": encoding}


def _points(curve: Curve, frame: Frame, offset: float) -> Iterator[tuple[float, float]]:
    inside = [point for point in curve if point[0] >= frame.rates[0]]
    step = frame.x(frame.rates[0] * 10 ** _DECADES_BETWEEN_SYMBOLS[frame.size])
    at = (offset + 0.5 / SYMBOLS) * step
    while inside and at <= frame.x(inside[-1][0]):
        yield min(inside, key=lambda point: abs(frame.x(point[0]) - at))
        at += step


def _symbol_mark(size: Size) -> dict[str, Any]:
    return {"type": "point", "size": _SYMBOL_AREA[size], "strokeWidth": 1.6, "opacity": 1}


def _names(report: CostReport, curves: Mapping[str, Curve], frame: Frame) -> Iterator[dict[str, Any]]:
    """The targets' names in a column at the right, each with a leader line from the end of its curve."""
    ends = [curve[-1] for curve in curves.values()]
    moved = spread([frame.y(usd) for _, usd in ends], FONT_PX[frame.size] * 1.35, 0, frame.height)
    x = frame.width + _LEADER_PX[frame.size]
    leaders = [
        {
            "x": round(frame.x(rate), 2),
            "y": round(frame.y(usd), 2),
            "x2": x,
            "y2": round(y, 2),
            "name": f"{model.target} (closed)" if model.closed_to_new_customers else model.target,
            **symbol(number),
        }
        for number, (model, (rate, usd), y) in enumerate(zip(report.cost_models, ends, moved, strict=True))
    ]
    yield {
        "name": "leaders",
        "data": {"values": leaders},
        "mark": {"type": "rule", "strokeWidth": 0.8, "opacity": 1},
        "encoding": {
            **_in_pixels("x", "y", "x2", "y2"),
            "color": {"field": "stroke", "type": "nominal", "scale": None, "legend": None},
        },
    }
    data = {"values": [{**leader, "x": leader["x2"], "y": leader["y2"]} for leader in leaders]}
    encoding = _in_pixels("x", "y")
    yield {"name": "keys", "data": data, "mark": _symbol_mark(frame.size), "encoding": {**encoding, **_AS_IS}}
    yield {
        "name": "names",
        "data": data,
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": _NAME_PX[frame.size]},
        "encoding": {**encoding, "text": {"field": "name"}},
    }


def _in_pixels(*channels: str) -> dict[str, Any]:
    unscaled = {"type": "quantitative", "scale": None, "axis": None}
    return {channel: {"field": channel, **({} if channel.endswith("2") else unscaled)} for channel in channels}


def _break_even_points(report: CostReport, frame: Frame) -> Iterator[dict[str, Any]]:
    """A dot for each break-even point; a ring for each threshold, and its request rate where there is room."""
    lowest = frame.rates[0]
    dots = [{"rate": point.requests_per_second, "usd": point.usd} for point in report.break_even_points]
    rings: list[dict[str, Any]] = [
        {
            "rate": threshold.requests_per_second,
            "usd": threshold.usd,
            "text": f"{format_rate(threshold.requests_per_second)}/s",
        }
        for threshold in thresholds(report)
        if threshold.requests_per_second >= lowest
    ]
    yield {
        "name": "break-even-points",
        "data": {"values": [dot for dot in dots if dot["rate"] >= lowest]},
        "mark": {"type": "point", "filled": True, "size": 20 if frame.is_wide else 12, "color": INK, "opacity": 1},
        "encoding": _RATE_AND_USD,
    }
    labelled: list[dict[str, Any]] = []
    for found in rings:
        if not labelled or frame.x(found["rate"]) - frame.x(labelled[-1]["rate"]) >= 4.5 * FONT_PX[frame.size]:
            labelled.append(found)
    ring = {"type": "point", "size": 130 if frame.is_wide else 70, "strokeWidth": 2, "color": INK, "fill": PAPER}
    text = {"type": "text", "dy": 21 if frame.is_wide else 16, "fontWeight": "bold"}
    yield {
        "data": {"values": rings},
        "layer": [
            {"name": "thresholds", "mark": ring, "encoding": _RATE_AND_USD},
            *(
                {
                    "data": {"values": labelled},
                    "mark": {**text, **halo},
                    "encoding": {**_RATE_AND_USD, "text": {"field": "text"}},
                }
                for halo in ({"stroke": PAPER, "strokeWidth": 5, "strokeJoin": "round"}, {})
            ),
        ],
    }


def _default_load(report: CostReport, frame: Frame) -> dict[str, Any]:
    """A line at the default load, with its label at the side that has more room."""
    rate = report.usage.requests_per_second
    side = {"align": "right", "dx": -5} if frame.x(rate) > frame.width / 2 else {"align": "left", "dx": 5}
    x = {"field": "rate", "type": "quantitative"}
    text = f"default load, {format_rate(rate)}/s" if frame.is_wide else f"default, {format_rate(rate)}/s"
    return {
        "data": {"values": [{"rate": rate, "text": text}]},
        "layer": [
            {"mark": {"type": "rule", "color": MUTED, "strokeDash": [2, 3]}, "encoding": {"x": x}},
            {
                "mark": {"type": "text", **side, "color": MUTED},
                "encoding": {"x": x, "y": {"value": 10}, "text": {"field": "text"}},
            },
        ],
    }


def _your_load(frame: Frame) -> str:
    """The hidden mark that `page/sliders.js` moves to the reader's load; its attributes are all that it needs."""
    lowest, highest = frame.rates
    below_default = _TOP + 10 + 1.6 * FONT_PX[frame.size]
    text = "your load, {}/s" if frame.is_wide else "your load"
    return (
        f'<g class="your-load" display="none" data-left="{_LEFT[frame.size]}" data-width="{frame.width}" '
        f'data-lowest="{lowest:g}" data-highest="{highest:.9g}" data-text="{text}">'
        f'<path d="M0,{_TOP}v{frame.height}"/>'
        f'<text y="{below_default:g}" font-size="{FONT_PX[frame.size]:g}px"></text></g>'
    )
