"""A drawing of each target's template: Graphviz lays it out, here and offline."""

from .dot import dot
from .draw import draw

__all__ = ["dot", "draw"]
