"""The screen of a run: progress while it goes, a report at its end; decided by pure functions, shown here."""

from .console import make_console
from .progress import Progress, Row, State
from .report import report

__all__ = ["Progress", "Row", "State", "make_console", "report"]
