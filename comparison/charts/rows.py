"""Charts with a row for each target: its name stands left of the row or, in narrow windows, above it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comparison.charts.vega import INK, MUTED, TOTAL, Size

_ROW_PX: Mapping[Size, int] = {"wide": 34, "narrow": 46}
_LEFT: Mapping[Size, int] = {"wide": 200, "narrow": 6}
_RIGHT: Mapping[Size, int] = {"wide": 76, "narrow": 12}
_ABOVE_ROW_PX = -21


def rows_layout(size: Size, rows: int, *, above: int = 10) -> dict[str, Any]:
    """Return the sizes that a specification begins with; `above` the rows stand so many pixels of legend."""
    return {
        "width": TOTAL[size] - _LEFT[size] - _RIGHT[size],
        "height": rows * _ROW_PX[size],
        "autosize": "none",
        "padding": {"left": _LEFT[size], "right": _RIGHT[size], "top": above, "bottom": 45},
    }


def row_axis(names: Sequence[str], size: Size) -> dict[str, Any]:
    """Return the channel that puts targets on rows; where their names stand above the rows, it has no axis."""
    axis = {"labelLimit": _LEFT[size], "labelColor": INK, "ticks": False, "labelPadding": 8} if size == "wide" else None
    # Above the first row its name needs room, below the last one there is no need for any.
    padding = {"paddingInner": 0.2, "paddingOuter": 0.1} if size == "wide" else {"paddingInner": 0, "paddingOuter": 0}
    return {
        "field": "target",
        "type": "nominal",
        "sort": list(names),
        "title": None,
        "axis": axis,
        "scale": {"type": "band", **padding},
    }


def row_names(names: Mapping[str, str], size: Size) -> Iterator[dict[str, Any]]:
    """Yield layers with each target's name and figure above its row, in narrow drawings only."""
    if size == "wide":
        return
    values = [{"target": target, "words": words} for target, words in names.items()]
    sides = {"target": ("left", 0, INK), "words": ("right", TOTAL[size] - _LEFT[size] - _RIGHT[size], MUTED)}
    for field, (align, x, colour) in sides.items():
        yield {
            "name": f"{field}-names",
            "data": {"values": values},
            "mark": {"type": "text", "align": align, "dy": _ABOVE_ROW_PX, "color": colour},
            "encoding": {"x": {"value": x}, "y": row_axis(list(names), size), "text": {"field": field}},
        }
