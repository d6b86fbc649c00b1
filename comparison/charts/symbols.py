"""A point of its own shape for each line, which tells lines apart where colours do not."""

from collections.abc import Iterator, Mapping
from typing import Any

from comparison.charts.frame import Curve, Frame
from comparison.charts.vega import PAPER, Size, colour

_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
_AREA: Mapping[Size, int] = {"wide": 60, "narrow": 38}
# How many powers of ten lie between two points of a line.
_EVERY: Mapping[Size, float] = {"wide": 1, "narrow": 2}
NUMBER = 2 * len(_SHAPES)
"""How many there are: each shape filled, and each open."""


def symbol(number: int) -> dict[str, str]:
    """Return shape, fill and stroke of the target that stands there in the assembly."""
    stroke = colour(number)
    filled = number % NUMBER < len(_SHAPES)
    return {"shape": _SHAPES[number % len(_SHAPES)], "fill": stroke if filled else PAPER, "stroke": stroke}


def points(curves: Mapping[str, Curve], frame: Frame) -> dict[str, Any]:
    """Return a layer: points along the lines, each line's between those of the others, for many lie on one another."""
    found = [
        {"rate": rate, "usd": usd, **symbol(place)}
        for place, curve in enumerate(curves.values())
        for rate, usd in _along(curve, frame, place / len(curves))
    ]
    where = {"x": {"field": "rate", "type": "quantitative"}, "y": {"field": "usd", "type": "quantitative"}}
    return {"name": "points", "data": {"values": found}, "mark": _mark(frame.size), "encoding": {**where, **FIXED}}


def keys(places: list[dict[str, Any]], size: Size) -> dict[str, Any]:
    """Return a layer: one point beside each name; `places` have x and y in pixels, shape, fill and stroke."""
    return {
        "name": "keys",
        "data": {"values": places},
        "mark": _mark(size),
        "encoding": {**in_pixels("x", "y"), **FIXED},
    }


def in_pixels(*channels: str) -> dict[str, Any]:
    """Return channels that are read from fields of their names, in pixels."""
    fixed = {"type": "quantitative", "scale": None, "axis": None}
    return {channel: {"field": channel, **({} if channel.endswith("2") else fixed)} for channel in channels}


FIXED: Mapping[str, Any] = {
    channel: {"field": channel, "type": "nominal", "scale": None, "legend": None}
    for channel in ("shape", "fill", "stroke")
}
"""Channels that are read from fields of their names as they are."""


def _mark(size: Size) -> dict[str, Any]:
    return {"type": "point", "size": _AREA[size], "strokeWidth": 1.6, "opacity": 1}


def _along(curve: Curve, frame: Frame, part: float) -> Iterator[tuple[float, float]]:
    """The points of a curve nearest to `part` of each step."""
    inside = [point for point in curve if point[0] >= frame.rates[0]]
    step = frame.x(frame.rates[0] * 10 ** _EVERY[frame.size])
    at = (part + 0.5 / NUMBER) * step
    while inside and at <= frame.x(inside[-1][0]):
        yield min(inside, key=lambda point: abs(frame.x(point[0]) - at))
        at += step
