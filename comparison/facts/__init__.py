"""All facts about the targets, gathered once and rendered by every format."""

from pricing.report import CostReport

from .gather import gather
from .model import Answer, Cell, Facts, LocalRun, Run, Table, TargetFacts

__all__ = ["Answer", "Cell", "CostReport", "Facts", "LocalRun", "Run", "Table", "TargetFacts", "gather"]
