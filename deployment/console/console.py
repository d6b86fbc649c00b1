"""The one place that decides how much a terminal may be asked for."""

import os
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments

WIDTH = 88


def make_console(file: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> Console:
    """Return a console that redraws and colours only on a terminal that wants it.

    ``CI=true`` means finished lines and no colour, as no terminal does; ``NO_COLOR`` means no colour.
    """
    console = Console(file=file, highlight=False, soft_wrap=False, _environ=environment)
    is_live = console.is_terminal and not is_ci(environment)
    return Console(
        file=file,
        highlight=False,
        force_terminal=is_live,
        no_color="NO_COLOR" in environment or not is_live,
        width=min(console.width, WIDTH) if is_live else WIDTH,
        _environ=environment,
    )


def is_ci(environment: Mapping[str, str]) -> bool:
    """Whether this runs on a CI service, by the variable that all of them set."""
    return environment.get("CI", "").lower() not in ("", "0", "false")


def show(console: Console, renderable: RenderableType) -> None:
    """Print something without the blanks that fill its lines up to the right."""
    for line in console.render_lines(renderable, pad=False):
        console.print(Segments([*_without_trailing_blanks(line), Segment.line()]), soft_wrap=True)


def _without_trailing_blanks(line: list[Segment]) -> list[Segment]:
    kept = list(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return [*kept[:-1], Segment(kept[-1].text.rstrip(), kept[-1].style)] if kept else []
