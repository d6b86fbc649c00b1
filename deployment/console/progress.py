"""Progress rows: unfinished ones move on a terminal, finished ones are printed once and stay."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live

from .console import show
from .rows import Row, State, line


class Progress:
    """The rows of a run. Threads may add and change rows at the same time.

    Args:
        console: where to show; without a terminal only finished rows are printed.
        clock: seconds, from any start.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.console = console
        self._clock = clock
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

    @contextmanager
    def step(self, name: str, word: str = "", detail: str = "") -> Iterator["Step"]:
        """Show a row while its work goes on; it ends as done, or as failed when the work raises."""
        self._put(Row(name, self._clock(), word, detail))
        try:
            yield Step(self, name)
        except BaseException:
            self._finish(name, State.FAILED)
            raise
        self._finish(name, State.DONE)

    def note(self, name: str, word: str, detail: str = "") -> None:
        """Print a line that took no time worth showing."""
        now = self._clock()
        show(self.console, line(Row(name, now, word, detail, State.DONE, now), now))

    def unfinished(self) -> RenderableType:
        """Render the rows that are still at work."""
        with self._lock:
            return Group(*(line(row, self._clock()) for row in self._rows.values()))

    def change(self, name: str, **changes: str) -> None:
        """Change word or detail of a row."""
        with self._lock:
            if name in self._rows:
                self._put(replace(self._rows[name], **changes))  # type: ignore[arg-type]  # both fields are text

    def lasted(self, name: str) -> float:
        """Return how many seconds an unfinished row has lasted."""
        return self._clock() - self._rows[name].started

    def _put(self, row: Row) -> None:
        with self._lock:
            self._rows[row.name] = row

    def _finish(self, name: str, state: State) -> None:
        with self._lock:
            row = self._rows.pop(name)
        # Not under the lock: printing waits for the display, and the display for the lock.
        word = row.word if state is State.DONE else "failed"
        ended = replace(row, state=state, ended=self._clock(), word=word)
        show(self.console, line(ended, self._clock()))


@dataclass(frozen=True)
class Step:
    """Handle of a row at work."""

    progress: Progress
    name: str

    def say(self, word: str, detail: str = "") -> None:
        """Show another word and detail from now on."""
        self.progress.change(self.name, word=word, detail=detail)

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return self.progress.lasted(self.name)
