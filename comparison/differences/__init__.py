"""What one target's template has that another's has not."""

from .compare import Change, Difference, Part, compare
from .text import as_terminal

__all__ = ["Change", "Difference", "Part", "as_terminal", "compare"]
