"""The charts as inline SVG, drawn by Vega-Lite when the page is written."""

from .by_target import idle_cost, latency
from .cost_by_load import CostChart, cost_by_load

__all__ = ["CostChart", "cost_by_load", "idle_cost", "latency"]
