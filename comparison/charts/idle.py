"""What a month costs without a single request, split by what is paid for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comparison.charts import patterns
from comparison.charts.rows import row_axis, row_names, rows_layout
from comparison.charts.vega import Size, both, svg
from comparison.facts.costs import CostReport
from comparison.wording import dollars

CATEGORY_LABELS = {
    "compute": "compute",
    "cluster": "cluster",
    "ingress": "load balancer, API",
    "nat": "NAT gateway",
    "endpoints": "VPC endpoints",
    "ipv4": "public IPv4 addresses",
    "monitoring": "logs, metrics, alarms",
    "data": "table, secret, images",
    "workflow": "workflow",
}
_LEGEND_COLUMNS: Mapping[Size, int] = {"wide": 4, "narrow": 2}
_LEGEND_ROW_PX = 22


def idle_cost(costs: CostReport) -> str:
    """Draw the chart, the cheapest target on top, for wide windows and for narrow ones."""
    return both(lambda size: _draw(costs, size))


def _draw(costs: CostReport, size: Size) -> str:
    ordered = sorted(costs.estimates, key=lambda one: (one.idle_usd, one.target))
    present = {amount.category for one in ordered for amount in one.idle_line_items if amount.usd > 0}
    groups = [group for group in CATEGORY_LABELS if group in present]
    names = {one.target: dollars(one.idle_usd) for one in ordered}
    legend_px = _LEGEND_ROW_PX * -(-len(groups) // _LEGEND_COLUMNS[size]) + 14
    spec = {
        **rows_layout(size, len(ordered), above=legend_px),
        "layer": [
            _bars(list(_parts(costs, groups)), list(names), groups, size),
            *row_names(names, size),
            *([_totals(costs, list(names), size)] if size == "wide" else []),
        ],
    }
    return svg(
        spec,
        size=size,
        id_="idle",
        title="Cost of a month without requests",
        description="; ".join(f"{target} {total}" for target, total in names.items()),
        inside=patterns.definitions(len(groups)),
    )


def _parts(costs: CostReport, groups: Sequence[str]) -> Iterator[dict[str, Any]]:
    for one in costs.estimates:
        sums: dict[str, float] = defaultdict(float)
        for amount in one.idle_line_items:
            sums[amount.category] += amount.usd
        for place, group in enumerate(groups):
            yield {"target": one.target, "group": CATEGORY_LABELS[group], "order": place, "usd": round(sums[group], 6)}


def _x(size: Size) -> dict[str, Any]:
    return {
        "field": "usd",
        "type": "quantitative",
        "axis": {"title": "US dollars a month", "format": "$,.0f", "tickCount": 6 if size == "wide" else 4},
    }


def _bars(parts: list[dict[str, Any]], names: list[str], groups: list[str], size: Size) -> dict[str, Any]:
    return {
        "name": "parts",
        "data": {"values": parts},
        "mark": {"type": "bar", "height": 20, "stroke": "var(--paper)", "strokeWidth": 1 if size == "wide" else 0.5},
        "encoding": {
            "x": _x(size),
            "y": row_axis(names, size),
            "order": {"field": "order", "type": "quantitative"},
            "fill": {
                "field": "group",
                "type": "nominal",
                "scale": {
                    "domain": [CATEGORY_LABELS[group] for group in groups],
                    "range": [patterns.fill(place) for place in range(len(groups))],
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


def _totals(costs: CostReport, names: list[str], size: Size) -> dict[str, Any]:
    totals = [{"target": one.target, "usd": one.idle_usd, "words": dollars(one.idle_usd)} for one in costs.estimates]
    return {
        "name": "totals",
        "data": {"values": totals},
        "mark": {"type": "text", "align": "left", "dx": 6},
        "encoding": {"x": _x(size), "y": row_axis(names, size), "text": {"field": "words"}},
    }
