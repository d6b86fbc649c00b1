"""Everything that is known about the targets, gathered once and drawn by every format."""

from .cells import Cell, Table
from .costs import Costs
from .gather import gather
from .model import Answer, Measured, Run, TargetFacts
from .whole import Facts

__all__ = ["Answer", "Cell", "Costs", "Facts", "Measured", "Run", "Table", "TargetFacts", "gather"]
