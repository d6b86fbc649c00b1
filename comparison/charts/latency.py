"""The median and the slowest hundredth of reads, as measured on the machine of the run."""

from typing import Any

from comparison.charts.vega import INK, LINE, PAPER, svg
from comparison.facts.whole import Facts
from local_aws.screen.marks import milliseconds

_WIDTH, _ROW = 640, 30
_TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
_DOT = {"type": "point", "filled": True, "size": 90, "color": "var(--t0)", "opacity": 1}
_RING = {"type": "point", "size": 90, "strokeWidth": 2, "color": INK, "fill": PAPER, "opacity": 1}
_BETWEEN = {"type": "rule", "strokeWidth": 5, "color": LINE}


def latency(facts: Facts) -> str:
    """Draw the chart; "" where nothing was measured."""
    rows = [
        (target.id, found.p50_ms, found.p99_ms)
        for target in facts.targets
        if (found := target.measured) and found.p50_ms and found.p99_ms
    ]
    if not rows:
        return ""
    rows.sort(key=lambda row: (row[1], row[0]))
    y = {"field": "target", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 220}}
    spec = {
        "width": _WIDTH,
        "height": {"step": _ROW},
        "padding": {"left": 34, "right": 20, "top": 6, "bottom": 6},
        "data": {"values": [{"target": target, "p50": p50, "p99": p99} for target, p50, p99 in rows]},
        "layer": [
            {"mark": _BETWEEN, "encoding": {"y": y, "x": _x("p50"), "x2": {"field": "p99"}}},
            {"mark": _DOT, "encoding": {"y": y, "x": _x("p50")}},
            {"mark": _RING, "encoding": {"y": y, "x": _x("p99")}},
        ],
    }
    said = "; ".join(f"{target} {milliseconds(p50)}, {milliseconds(p99)}" for target, p50, p99 in rows)
    return svg(spec, id_="latency", title="Median and 99th percentile of a read", description=said)


def _x(field: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "padding": 20},
        "axis": {"title": "milliseconds for one read", "format": "~g", "values": _TICKS},
    }
