"""One row of progress: what, how it stands, some detail, and its seconds."""

from dataclasses import dataclass
from enum import StrEnum

from rich.console import RenderableType
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from .marks import INDENT, seconds

FRAMES: list[str] = list(Spinner("dots").frames)
FRAMES_PER_S = 10
LEAST_SECONDS_SHOWN = 0.05
NAME_WIDTH, WORD_WIDTH = 21, 15  # "ecs-managed-instances", "docker 20.10.24"


class State(StrEnum):
    """Where a row stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Row:
    """One line of the screen: what, how it stands, some detail, and its seconds.

    Attributes:
        started: reading of the clock when the row appeared.
        ended: reading of the clock when it was finished; None before.
    """

    name: str
    started: float
    word: str = ""
    detail: str = ""
    state: State = State.RUNNING
    ended: float | None = None


def line(row: Row, now: float) -> RenderableType:
    """Render one row as it looks at a reading of the clock."""
    grid = Table.grid(padding=(0, 1), expand=True)
    for width in (INDENT - 1, NAME_WIDTH, WORD_WIDTH):
        grid.add_column(width=width, no_wrap=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True, width=7)
    lasted = (row.ended if row.ended is not None else now) - row.started
    word = Text(row.word, "bold red" if row.state is State.FAILED else "")
    time_text = Text(seconds(lasted) if lasted >= LEAST_SECONDS_SHOWN else "", "dim")
    grid.add_row(_sign(row, now), row.name, word, Text(row.detail, "dim"), time_text)
    return grid


def _sign(row: Row, now: float) -> Text:
    if row.state is State.RUNNING:
        return Text(FRAMES[int((now - row.started) * FRAMES_PER_S) % len(FRAMES)], "cyan")
    return Text("✘", "bold red") if row.state is State.FAILED else Text("")
