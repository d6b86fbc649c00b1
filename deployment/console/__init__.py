"""The screen of a run: progress while it goes, a report at its end; decided by pure functions, shown here."""

from .console import make_console, show
from .failures import error_text
from .marks import plural
from .progress import Progress, Step
from .report import report
from .rows import Row, State

__all__ = ["Progress", "Row", "State", "Step", "error_text", "make_console", "plural", "report", "show"]
