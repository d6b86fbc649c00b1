"""The console: terminal capabilities, number formats, and progress rows of a run."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from types import TracebackType
from typing import IO, Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.segment import Segment, Segments
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

WIDTH = 80
INDENT = 2
NOTHING = "–"
_FRAMES = Spinner("dots").frames
_FRAMES_PER_S = 10
_MIN_SECONDS_SHOWN = 0.05
_NAME_WIDTH, _WORD_WIDTH, _SECONDS_WIDTH = 21, 15, 7  # "ecs-managed-instances", "docker 20.10.24", "1000.0s"


def make_console(file: IO[str] | None = None, environment: Mapping[str, str] = os.environ) -> Console:
    """Return a console that redraws and colours only on a terminal that supports it.

    Args:
        file: Where to print. Default: stdout.
        environment: Environment variables. `CI=true` prints finished lines without colour, as on a pipe; `NO_COLOR`
            turns colour off.
    """
    console = Console(file=file, highlight=False, soft_wrap=False, _environ=environment)
    is_live = console.is_terminal and environment.get("CI", "").lower() in ("", "0", "false")
    return Console(
        file=file,
        highlight=False,
        force_terminal=is_live,
        no_color="NO_COLOR" in environment or not is_live,
        width=min(console.width, WIDTH) if is_live else WIDTH,
        _environ=environment,
    )


def show(console: Console, renderable: RenderableType) -> None:
    """Print a renderable without trailing blanks."""
    for line in console.render_lines(renderable, pad=False):
        console.print(Segments([*_without_trailing_blanks(line), Segment.line()]), soft_wrap=True)


def _without_trailing_blanks(line: list[Segment]) -> list[Segment]:
    kept = list(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return [*kept[:-1], Segment(kept[-1].text.rstrip(), kept[-1].style)] if kept else []


def seconds(value: float | None) -> str:
    """Format seconds: "0.4s", "11.8s" or "71s"; "" for None."""
    if value is None:
        return ""
    return f"{value:.1f}s" if value < 60 else f"{value:.0f}s"


def milliseconds(value: float | None) -> str:
    """Format milliseconds: "4.2 ms", "14 ms" or "2.3 s"; "" for None."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def mebibytes(value: float | None) -> str:
    """Format MiB: "58 MiB"; "" for None."""
    return "" if value is None else f"{value:.0f} MiB"


def plural(count: int, noun: str) -> str:
    """Format a count: "1 stack" or "7 stacks"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def failure(message: str, cause: str = "", fix: str = "") -> RenderableType:
    """Render a failure with its cause and fix; an unknown part has no line."""
    head, rest = Table.grid(padding=(0, 1, 0, 0)), Table.grid(padding=(0, 2, 0, 0))
    head.add_row(Text("✘", "bold red"), Text(message, "bold"))
    rest.add_column(width=7)
    rest.add_column(overflow="fold")
    for label, value in (("cause", cause), ("fix", fix)):
        if value:
            rest.add_row(Text(f"  {label}", "dim"), Text(value))
    return Group(head, rest)


def next_lines(commands: Sequence[tuple[str, str]]) -> list[Text]:
    """Render the next commands, one on each line.

    Args:
        commands: Each command and its purpose.
    """
    width = max((len(command) for command, _ in commands), default=0)
    labels = ["next  ", *["      "] * len(commands)]
    return [
        Text.assemble((label, "dim"), (f"{command:<{width}}", "bold"), (f"   {purpose}", "dim"))
        for label, (command, purpose) in zip(labels, commands, strict=False)
    ]


class State(StrEnum):
    """State of a progress row."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Row:
    """One progress row.

    Attributes:
        name: what runs, such as "deploy".
        started: the clock when the row appeared.
        word: its status, such as "16 stacks".
        detail: more about the status.
        ended: the clock when the row finished; None while it runs.
    """

    name: str
    started: float
    word: str = ""
    detail: str = ""
    state: State = State.RUNNING
    ended: float | None = None

    def render(self, now: float) -> RenderableType:
        """Render the row as it looks when the clock shows `now`."""
        grid = Table.grid(padding=(0, 1), expand=True)
        for width in (INDENT - 1, _NAME_WIDTH, _WORD_WIDTH):
            grid.add_column(width=width, no_wrap=True)
        grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        grid.add_column(justify="right", no_wrap=True, width=_SECONDS_WIDTH)
        lasted = (self.ended if self.ended is not None else now) - self.started
        word = Text(self.word, "bold red" if self.state is State.FAILED else "")
        time_text = Text(seconds(lasted) if lasted >= _MIN_SECONDS_SHOWN else "", "dim")
        grid.add_row(self._sign(now), self.name, word, Text(self.detail, "dim"), time_text)
        return grid

    def _sign(self, now: float) -> Text:
        if self.state is State.RUNNING:
            return Text(str(_FRAMES[int((now - self.started) * _FRAMES_PER_S) % len(_FRAMES)]), "cyan")
        return Text("✘", "bold red") if self.state is State.FAILED else Text("")


def name_rejected(rejected: Mapping[str, str]) -> None:
    """Print a line on standard error for each stack that the app left out: stack -> reason."""
    for stack, reason in rejected.items():
        make_console(sys.stderr).print(f"! {stack} is left out: {reason}", markup=False, highlight=False)


class Progress:
    """The progress rows of a run, and the duration of its steps; safe to use from several threads.

    Without a terminal only finished rows are printed.

    Args:
        console: Where to show the rows.
        clock: Returns seconds from any start. Default: the monotonic clock.

    Attributes:
        durations: step -> seconds, in the order in which the steps started; a step that runs twice counts both times.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.console = console
        self.durations: dict[str, float] = {}
        self._clock = clock
        self._started = clock()
        self._rows: dict[str, Row] = {}
        self._lock = threading.RLock()
        self._live = Live(console=console, get_renderable=self.unfinished, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live.is_started:
            self._live.stop()

    @property
    def seconds(self) -> float:
        """Seconds since the run started."""
        return round(self._clock() - self._started, 2)

    @contextmanager
    def step(self, name: str, word: str = "", detail: str = "", *, timed: bool = True) -> Iterator["Step"]:
        """Show a row until the block ends: done, or failed when the block raises.

        Args:
            name: What runs.
            word: Its status. Default: "", none yet.
            detail: More about the status. Default: "", nothing.
            timed: Whether the step appears in `durations`. Default: True.
        """
        self._put(Row(name, self._clock(), word, detail))
        try:
            if timed:
                with self.timed(name):
                    yield Step(self, name)
            else:
                yield Step(self, name)
        except BaseException:
            self._finish(name, State.FAILED)
            raise
        self._finish(name, State.DONE)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Record the duration of the block, also of one that raises, without a row."""
        began = self._clock()
        before = self.durations.setdefault(name, 0.0)
        try:
            yield
        finally:
            self.durations[name] = round(before + self._clock() - began, 2)

    def note(self, name: str, word: str, detail: str = "") -> None:
        """Print a finished row that took no time."""
        now = self._clock()
        show(self.console, Row(name, now, word, detail, State.DONE, now).render(now))

    def unfinished(self) -> RenderableType:
        """Render the rows that still run."""
        with self._lock:
            return Group(*(row.render(self._clock()) for row in self._rows.values()))

    def change(self, name: str, **changes: Any) -> None:
        """Change word or detail of a running row."""
        with self._lock:
            if name in self._rows:
                self._put(replace(self._rows[name], **changes))

    def _put(self, row: Row) -> None:
        with self._lock:
            self._rows[row.name] = row

    def _finish(self, name: str, state: State) -> None:
        with self._lock:
            row = self._rows.pop(name)
        # Not under the lock: printing waits for the display, and the display for the lock.
        word = row.word if state is State.DONE else "failed"
        now = self._clock()
        show(self.console, replace(row, state=state, ended=now, word=word).render(now))


@dataclass(frozen=True)
class Step:
    """Handle of a running row."""

    progress: Progress
    name: str

    def update(self, word: str, detail: str = "") -> None:
        """Show another status from now on."""
        self.progress.change(self.name, word=word, detail=detail)
