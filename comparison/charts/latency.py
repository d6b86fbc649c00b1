"""The median and the slowest hundredth of reads, as measured on the machine of the run."""

from typing import Any

from comparison.charts.rows import row_axis, row_names, rows_layout
from comparison.charts.vega import INK, LINE, PAPER, Size, both, svg
from comparison.facts import Facts
from deployment.console import milliseconds

_TICKS = [mantissa * 10**power for power in range(-1, 4) for mantissa in (1, 2, 5)]
_DOT = {"type": "point", "filled": True, "size": 90, "color": "var(--t0)", "opacity": 1}
_RING = {"type": "point", "size": 90, "strokeWidth": 2, "color": INK, "fill": PAPER, "opacity": 1}
_BETWEEN = {"type": "rule", "strokeWidth": 5, "color": LINE}

Row = tuple[str, float, float]


def latency(facts: Facts) -> str:
    """Draw the chart, for wide windows and for narrow ones; "" where nothing was measured."""
    rows = [
        (target.id, found.p50_ms, found.p99_ms)
        for target in facts.targets
        if (found := target.local_run) and found.p50_ms and found.p99_ms
    ]
    rows.sort(key=lambda row: (row[1], row[0]))
    return both(lambda size: _draw(rows, size)) if rows else ""


def _draw(rows: list[Row], size: Size) -> str:
    names = {target: f"{milliseconds(p50)}, {milliseconds(p99)}" for target, p50, p99 in rows}
    y = row_axis(list(names), size)
    spec = {
        **rows_layout(size, len(rows)),
        "data": {"values": [{"target": target, "p50": p50, "p99": p99} for target, p50, p99 in rows]},
        "layer": [
            {"mark": _BETWEEN, "encoding": {"y": y, "x": _x("p50"), "x2": {"field": "p99"}}},
            {"mark": _DOT, "encoding": {"y": y, "x": _x("p50")}},
            {"mark": _RING, "encoding": {"y": y, "x": _x("p99")}},
            *row_names(names, size),
        ],
    }
    said = "; ".join(f"{target} {words}" for target, words in names.items())
    return svg(spec, size=size, id_="latency", title="Median and 99th percentile of a read", description=said)


def _x(field: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "padding": 20},
        "axis": {"title": "milliseconds for one read", "format": "~g", "values": _TICKS},
    }
