"""The console: rows on a terminal and on a pipe, durations, colour and width."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pyte
import pytest
from rich.console import Console

from deployment.console import Progress, make_console

ROWS, COLUMNS = 24, 100
SCRIPT = """
import threading, time
from deployment.console import Progress, make_console

def work(name):
    for number in range(4):
        with progress.step(f"{name}{number}", "working") as step:
            time.sleep(0.13)
            step.update("done", "detail")

with Progress(make_console()) as progress:
    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print("END")
"""


def screen_of(script: str) -> list[str]:
    """Run a script on a terminal of its own, and return the lines on the screen at its end."""
    mine, its = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    environment |= {"TERM": "xterm-256color", "LINES": str(ROWS), "COLUMNS": str(COLUMNS)}
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=its, stderr=its, env=environment, cwd=Path(__file__).parents[3]
    )
    os.close(its)
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    while chunk := _read(mine):
        stream.feed(chunk)
    os.close(mine)
    assert process.wait(20) == 0
    return [line.rstrip() for line in screen.display if line.strip()]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # on Linux, when the other side is closed
        return b""


def test_rows_of_two_threads_end_as_one_line_each():
    *rows, end = screen_of(SCRIPT)

    assert end == "END"
    assert sorted(row.split()[0] for row in rows) == [f"{name}{number}" for name in "ab" for number in range(4)]
    assert {" ".join(row.split()[1:3]) for row in rows} == {"done detail"}


def text_of(progress: Progress) -> str:
    console = make_console(io.StringIO(), {})
    console.print(progress.unfinished())
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def progress_on(environment: dict[str, str]) -> tuple[Progress, Clock]:
    clock = Clock()
    return Progress(make_console(io.StringIO(), environment), clock), clock


def test_without_a_terminal_only_finished_lines_are_printed():
    progress, clock = progress_on({})
    with progress, progress.step("synth", "app.py") as step:
        clock.now += 6.4
        assert progress.console.file.getvalue() == ""
        step.update("12 stacks", "cdk.out")
    line = progress.console.file.getvalue()
    assert line.split() == ["synth", "12", "stacks", "cdk.out", "6.4s"]
    assert "\x1b" not in line


def test_a_step_that_raises_ends_as_failed():
    progress, _ = progress_on({})
    with pytest.raises(ValueError, match="boom"), progress, progress.step("deploy", "7 stacks"):
        raise ValueError("boom")
    assert progress.console.file.getvalue().split()[:3] == ["✘", "deploy", "failed"]


def test_unfinished_rows_show_a_spinner_and_their_seconds():
    progress, clock = progress_on({})
    with progress.step("deploy", "stacks", "OrdersData 3/9"):
        first = text_of(progress)
        clock.now += 12.3
        later = text_of(progress)
    assert "12.3s" in later
    assert first.split()[0] != later.split()[0]
    assert "OrdersData 3/9" in later


def test_rows_that_run_at_the_same_time_are_all_shown():
    progress, _ = progress_on({})
    with progress.step("ecs-fargate", "asking"), progress.step("lambda", "waiting"):
        text = text_of(progress)
    assert "ecs-fargate" in text
    assert "lambda" in text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "live", "colour"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm-256color", "CI": "true"}, False, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_and_redraw_only_where_they_are_wanted(environment, live, colour):
    console = make_console(Terminal(), environment)
    assert console.is_terminal is live
    console.print("[red]word[/red]")
    assert ("\x1b[31m" in console.file.getvalue()) is colour


def test_a_narrow_terminal_gets_a_narrow_screen():
    narrow = make_console(Terminal(), {"TERM": "xterm", "COLUMNS": "60", "LINES": "20"})
    assert isinstance(narrow, Console)
    assert narrow.width == 60


def test_a_detail_that_is_too_long_is_cut_at_80_columns():
    progress, _ = progress_on({})
    with progress, progress.step("ecs-managed-instances", "failed", "x" * 100):
        pass
    assert len(progress.console.file.getvalue().rstrip("\n")) <= 80


def test_durations_are_in_the_order_in_which_the_steps_started():
    progress, clock = progress_on({})
    with progress.timed("outer"):
        clock.now += 1
        with progress.step("inner"):
            clock.now += 2
    assert list(progress.durations.items()) == [("outer", 3.0), ("inner", 2.0)]
    assert progress.seconds == 3.0


def test_the_duration_of_a_step_that_fails_is_recorded():
    progress, clock = progress_on({})

    def fail() -> None:
        clock.now += 4
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"), progress.timed("failing"):
        fail()
    assert progress.durations == {"failing": 4.0}


def test_rows_of_targets_are_no_steps():
    progress, clock = progress_on({})
    with progress.step("lambda", timed=False):
        clock.now += 1
    assert progress.durations == {}
