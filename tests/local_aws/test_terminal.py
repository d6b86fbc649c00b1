"""Progress on a real terminal: rows move, end, and leave nothing of themselves behind."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pyte

ROWS, COLUMNS = 24, 100
SCRIPT = """
import threading, time
from deployment.console import Progress, make_console

def work(name):
    for number in range(4):
        with progress.step(f"{name}{number}", "working") as step:
            time.sleep(0.13)
            step.say("done", "detail")

with Progress(make_console()) as progress:
    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print("END")
"""


def screen_of(script: str) -> list[str]:
    """Run a script on a terminal of its own; the lines that a person would see at the end."""
    mine, its = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    environment |= {"TERM": "xterm-256color", "LINES": str(ROWS), "COLUMNS": str(COLUMNS)}
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=its, stderr=its, env=environment, cwd=Path(__file__).parents[2]
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
    except OSError:  # Linux's way to say that nobody writes any more
        return b""


def test_rows_of_two_threads_end_as_one_line_each():
    *rows, end = screen_of(SCRIPT)

    assert end == "END"
    assert sorted(row.split()[0] for row in rows) == [f"{name}{number}" for name in "ab" for number in range(4)]
    assert {" ".join(row.split()[1:3]) for row in rows} == {"done detail"}
