"""What a month costs without a single request, split by what is paid for."""

from collections import defaultdict
from typing import Any

from comparison.charts.vega import colour, svg
from comparison.facts.costs import Costs
from comparison.wording import dollars

GROUP_WORDS = {
    "compute": "copies",
    "cluster": "cluster",
    "door": "load balancer, API",
    "network": "NAT gateway, public addresses",
    "watching": "logs, metrics, alarms",
    "data": "table, secret, images",
    "workflow": "workflow",
}
_WIDTH, _BAR = 640, 34


def idle_cost(costs: Costs) -> str:
    """Draw the chart, the cheapest target on top."""
    ordered = sorted(costs.estimates, key=lambda one: (one.idle_usd, one.target))
    names = [one.target for one in ordered]
    present = {amount.group for one in ordered for amount in one.idle_split if amount.usd > 0}
    groups = [group for group in GROUP_WORDS if group in present]
    bars = []
    for one in ordered:
        sums: dict[str, float] = defaultdict(float)
        for amount in one.idle_split:
            sums[amount.group] += amount.usd
        bars += [
            {"target": one.target, "group": GROUP_WORDS[group], "order": place, "usd": round(sums[group], 6)}
            for place, group in enumerate(groups)
        ]
    totals = [{"target": one.target, "usd": one.idle_usd, "words": dollars(one.idle_usd)} for one in ordered]
    spec = {
        "width": _WIDTH,
        "height": {"step": _BAR},
        "padding": {"left": 34, "right": 40, "top": 6, "bottom": 6},
        "layer": [_bars(bars, names, [GROUP_WORDS[group] for group in groups]), _totals(totals, names)],
    }
    said = "; ".join(f"{one.target} {dollars(one.idle_usd)}" for one in ordered)
    return svg(spec, id_="idle", title="Cost of a month without requests", description=said)


def _where(names: list[str]) -> dict[str, Any]:
    return {
        "y": {"field": "target", "type": "nominal", "sort": names, "title": None, "axis": {"labelLimit": 220}},
        "x": {
            "field": "usd",
            "type": "quantitative",
            "axis": {"title": "US dollars a month", "format": "$,.0f", "tickCount": 6},
        },
    }


def _bars(bars: list[dict[str, Any]], names: list[str], groups: list[str]) -> dict[str, Any]:
    return {
        "data": {"values": bars},
        "mark": {"type": "bar", "height": 20, "stroke": "var(--paper)", "strokeWidth": 1},
        "encoding": {
            **_where(names),
            "order": {"field": "order", "type": "quantitative"},
            "color": {
                "field": "group",
                "type": "nominal",
                "scale": {"domain": groups, "range": [colour(place) for place in range(len(groups))]},
                "legend": {"orient": "top", "title": None, "columns": 3, "columnPadding": 36, "symbolType": "square"},
            },
        },
    }


def _totals(totals: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    return {
        "data": {"values": totals},
        "mark": {"type": "text", "align": "left", "dx": 6},
        "encoding": {**_where(names), "text": {"field": "words"}},
    }
