"""Charts with one row for each target: idle cost by category, and latency in the local run."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comparison.charts.vega import INK, LINE, MUTED, PAPER, TOTAL_WIDTH, Size, both_sizes, colour, svg
from comparison.facts import CostReport, Facts
from comparison.formatting import dollars
from deployment.console import milliseconds
from pricing.charges import CATEGORIES, CATEGORY_LABELS

_ROW_PX: Mapping[Size, int] = {"wide": 34, "narrow": 46}
_LEFT: Mapping[Size, int] = {"wide": 200, "narrow": 6}
_RIGHT: Mapping[Size, int] = {"wide": 76, "narrow": 12}
_ABOVE_ROW_PX = -21
_LEGEND_COLUMNS: Mapping[Size, int] = {"wide": 4, "narrow": 2}
_LEGEND_ROW_PX = 22
_PATTERN_PX = 6
# Lines in the page's background colour on a tile of `_PATTERN_PX`, which distinguish categories without colour.
_PATTERNS = (
    "",
    "M-1,1l2,-2M0,6l6,-6M5,7l2,-2",
    "M0,1.5h6M0,4.5h6",
    "M-1,5l2,2M0,0l6,6M5,-1l2,2M-1,1l2,-2M0,6l6,-6M5,7l2,-2",
    "M1.5,0v6M4.5,0v6",
    "M2,3h2",
    "M0,3h6M3,0v6",
    "M-1,5l2,2M0,0l6,6M5,-1l2,2",
    "M0,4.5l3,-3l3,3",
)
# Short enough for two columns of a narrow chart.
LABELS = {category: CATEGORY_LABELS.get(category, category) for category in CATEGORIES} | {
    "ingress": "load balancer, API",
    "monitoring": "logs, metrics, alarms",
}
"""Cost category -> its label in the legend."""
_TICKS = [mantissa * 10**power for power in range(-1, 4) for mantissa in (1, 2, 5)]
_MEDIAN = {"type": "point", "filled": True, "size": 90, "color": "var(--t0)", "opacity": 1}
_P99 = {"type": "point", "size": 90, "strokeWidth": 2, "color": INK, "fill": PAPER, "opacity": 1}
_BETWEEN = {"type": "rule", "strokeWidth": 5, "color": LINE}


def idle_cost(report: CostReport) -> str:
    """Draw the idle cost of each target by category, the cheapest target first."""
    return both_sizes(lambda size: _idle_cost(report, size))


def latency(facts: Facts) -> str:
    """Draw median and 99th percentile of a read in the local run; "" without measurements."""
    rows = [
        (target.id, run.p50_ms, run.p99_ms)
        for target in facts.targets
        if (run := target.local_run) and run.p50_ms and run.p99_ms
    ]
    rows.sort(key=lambda row: (row[1], row[0]))
    return both_sizes(lambda size: _latency(rows, size)) if rows else ""


def pattern_fill(number: int) -> str:
    """Return the fill of the category with this number."""
    return f"url(#category-{number})" if _pattern(number) else colour(number)


def pattern_definitions(count: int) -> str:
    """Return the patterns of that many categories, as SVG."""
    patterns = [
        f'<pattern id="category-{number}" width="{_PATTERN_PX}" height="{_PATTERN_PX}" patternUnits="userSpaceOnUse">'
        f'<rect width="{_PATTERN_PX}" height="{_PATTERN_PX}" fill="{colour(number)}"/>'
        f'<path d="{_pattern(number)}" fill="none" stroke="{PAPER}" stroke-width="0.9"/></pattern>'
        for number in range(count)
        if _pattern(number)
    ]
    return f"<defs>{''.join(patterns)}</defs>"


def _pattern(number: int) -> str:
    return _PATTERNS[number % len(_PATTERNS)]


def _idle_cost(report: CostReport, size: Size) -> str:
    ordered = sorted(report.estimates, key=lambda found: (found.idle_usd, found.target))
    present = {item.category for found in ordered for item in found.idle_line_items if item.usd > 0}
    categories = [category for category in CATEGORIES if category in present]
    names = {found.target: dollars(found.idle_usd) for found in ordered}
    legend_px = _LEGEND_ROW_PX * -(-len(categories) // _LEGEND_COLUMNS[size]) + 14
    spec = {
        **_layout(size, len(ordered), above=legend_px),
        "layer": [
            _bars(list(_amounts(report, categories)), list(names), categories, size),
            *_row_names(names, size),
            *([_totals(report, list(names), size)] if size == "wide" else []),
        ],
    }
    return svg(
        spec,
        size=size,
        id_="idle",
        title="Idle cost per month",
        description="; ".join(f"{target} {total}" for target, total in names.items()),
        definitions=pattern_definitions(len(categories)),
    )


def _amounts(report: CostReport, categories: Sequence[str]) -> Iterator[dict[str, Any]]:
    for found in report.estimates:
        sums: dict[str, float] = defaultdict(float)
        for item in found.idle_line_items:
            sums[item.category] += item.usd
        for number, category in enumerate(categories):
            usd = round(sums[category], 6)
            yield {"target": found.target, "category": LABELS[category], "order": number, "usd": usd}


def _usd_axis(size: Size) -> dict[str, Any]:
    return {
        "field": "usd",
        "type": "quantitative",
        "axis": {"title": "US dollars a month", "format": "$,.0f", "tickCount": 6 if size == "wide" else 4},
    }


def _bars(values: list[dict[str, Any]], names: list[str], categories: list[str], size: Size) -> dict[str, Any]:
    return {
        "name": "parts",
        "data": {"values": values},
        "mark": {"type": "bar", "height": 20, "stroke": PAPER, "strokeWidth": 1 if size == "wide" else 0.5},
        "encoding": {
            "x": _usd_axis(size),
            "y": _row_axis(names, size),
            "order": {"field": "order", "type": "quantitative"},
            "fill": {
                "field": "category",
                "type": "nominal",
                "scale": {
                    "domain": [LABELS[category] for category in categories],
                    "range": [pattern_fill(number) for number in range(len(categories))],
                },
                "legend": {
                    "orient": "top",
                    "title": None,
                    "columns": _LEGEND_COLUMNS[size],
                    "columnPadding": 34 if size == "wide" else 14,
                    "symbolType": "square",
                    "symbolSize": 150,
                    "symbolStrokeWidth": 0,
                    "rowPadding": 4,
                },
            },
        },
    }


def _totals(report: CostReport, names: list[str], size: Size) -> dict[str, Any]:
    totals = [
        {"target": found.target, "usd": found.idle_usd, "text": dollars(found.idle_usd)} for found in report.estimates
    ]
    return {
        "name": "totals",
        "data": {"values": totals},
        "mark": {"type": "text", "align": "left", "dx": 6},
        "encoding": {"x": _usd_axis(size), "y": _row_axis(names, size), "text": {"field": "text"}},
    }


def _latency(rows: list[tuple[str, float, float]], size: Size) -> str:
    names = {target: f"{milliseconds(p50)}, {milliseconds(p99)}" for target, p50, p99 in rows}
    y = _row_axis(list(names), size)
    spec = {
        **_layout(size, len(rows)),
        "data": {"values": [{"target": target, "p50": p50, "p99": p99} for target, p50, p99 in rows]},
        "layer": [
            {"mark": _BETWEEN, "encoding": {"y": y, "x": _milliseconds_axis("p50"), "x2": {"field": "p99"}}},
            {"mark": _MEDIAN, "encoding": {"y": y, "x": _milliseconds_axis("p50")}},
            {"mark": _P99, "encoding": {"y": y, "x": _milliseconds_axis("p99")}},
            *_row_names(names, size),
        ],
    }
    description = "; ".join(f"{target} {text}" for target, text in names.items())
    return svg(
        spec, size=size, id_="latency", title="Latency of a read: median and 99th percentile", description=description
    )


def _milliseconds_axis(field: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "padding": 20},
        "axis": {"title": "milliseconds per read", "format": "~g", "values": _TICKS},
    }


def _layout(size: Size, rows: int, *, above: int = 10) -> dict[str, Any]:
    return {
        "width": TOTAL_WIDTH[size] - _LEFT[size] - _RIGHT[size],
        "height": rows * _ROW_PX[size],
        "autosize": "none",
        "padding": {"left": _LEFT[size], "right": _RIGHT[size], "top": above, "bottom": 45},
    }


def _row_axis(names: Sequence[str], size: Size) -> dict[str, Any]:
    """One row for each target, named at the left; narrow charts have the names above the rows."""
    axis = {"labelLimit": _LEFT[size], "labelColor": INK, "ticks": False, "labelPadding": 8} if size == "wide" else None
    padding = {"paddingInner": 0.2, "paddingOuter": 0.1} if size == "wide" else {"paddingInner": 0, "paddingOuter": 0}
    return {
        "field": "target",
        "type": "nominal",
        "sort": list(names),
        "title": None,
        "axis": axis,
        "scale": {"type": "band", **padding},
    }


def _row_names(names: Mapping[str, str], size: Size) -> Iterator[dict[str, Any]]:
    """In narrow charts, each target's name and numbers above its row."""
    if size == "wide":
        return
    values = [{"target": target, "text": text} for target, text in names.items()]
    sides = {"target": ("left", 0, INK), "text": ("right", TOTAL_WIDTH[size] - _LEFT[size] - _RIGHT[size], MUTED)}
    for field, (align, x, text_colour) in sides.items():
        yield {
            "name": f"{field}-names",
            "data": {"values": values},
            "mark": {"type": "text", "align": align, "dy": _ABOVE_ROW_PX, "color": text_colour},
            "encoding": {"x": {"value": x}, "y": _row_axis(list(names), size), "text": {"field": field}},
        }
