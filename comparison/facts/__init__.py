"""Everything that is known about the targets, gathered once and drawn by every format."""

from .cells import Cell, Table
from .gather import gather
from .model import Answer, Facts, Measured, Run, TargetFacts

__all__ = ["Answer", "Cell", "Facts", "Measured", "Run", "Table", "TargetFacts", "gather"]
