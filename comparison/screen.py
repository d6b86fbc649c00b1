"""A console for values that nobody may cut: as wide as the terminal, and without one as wide as they are."""

import os
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console

from deployment.console import make_console

WIDEST = 120
# Whoever reads a pipe, such as grep, wants what belongs together in one line.
_UNBROKEN = 100_000


def make_wide_console(file: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> Console:
    """Return a console that breaks lines at the terminal's edge, or at `WIDEST`; without a terminal, nowhere."""
    console = make_console(file, environment)
    width = min(Console(file=file, _environ=environment).width, WIDEST) if console.is_terminal else _UNBROKEN
    console.width = width
    return console
