"""Charts as inline SVG, drawn by Vega-Lite when the page is written: the reader's browser draws nothing."""

from .cost import cost_against_load
from .idle import CATEGORY_LABELS, idle_cost
from .latency import latency

__all__ = ["CATEGORY_LABELS", "cost_against_load", "idle_cost", "latency"]
