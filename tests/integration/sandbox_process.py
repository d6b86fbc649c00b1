"""`python -m sandbox` as a process on a pseudo-terminal, with an emulator in the place of an account."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.conftest import ROOT

# The emulator's only account is the management account of an organization: a unit test has that check. Drills of the
# project wait for what the emulator lacks, and an hour at the end: they run with FAST_CLOCK only, sixty times as fast.
# With QUICK, the checks of a deployment are left out: the emulator lacks many of their calls, which are then repeated.
PROGRAM = """
import functools
import os
import time

from sandbox import drills, preflight, run_commands
from sandbox.preflight import stack_collisions
from sandbox.cli import main
from tests.integration.sandbox_drills import RUN

preflight.SAFETY = tuple(check for check in preflight.SAFETY if check.name != "organization")
if "QUICK" in os.environ:
    preflight.OTHERS, preflight.CHECKS = (stack_collisions.CHECK,), ()
if "FAST_CLOCK" in os.environ:
    run_commands.Clock = functools.partial(
        run_commands.Clock, now=lambda: time.monotonic() * 60, wait=lambda seconds: time.sleep(seconds / 60)
    )
else:
    drills.RUN = RUN
main(prog_name="python -m sandbox")
"""
QUESTION = "Type the account ID to start: "
TIMEOUT_S = 600


@dataclass
class SandboxProcess:
    """A running command.

    Attributes:
        process: the process, which leads a session.
        terminal: file descriptor of the other end of its terminal.
    """

    process: subprocess.Popen[bytes]
    terminal: int
    _read: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        threading.Thread(target=self._follow, daemon=True).start()

    @classmethod
    def start(cls, variables: dict[str, str], *arguments: str) -> "SandboxProcess":
        outer, inner = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            cwd=ROOT,
            env={**os.environ, **variables, "CI": "true"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        return cls(process, outer)

    @property
    def output(self) -> str:
        """What is on the screen so far."""
        return "".join(self._read).replace("\r\n", "\n")

    @property
    def run(self) -> str:
        """ID of the run, as the screen shows it."""
        found = re.search(r"build/sandbox/(\w+)", self.output)
        return found[1] if found else ""

    def type(self, text: str) -> None:
        os.write(self.terminal, f"{text}\n".encode())

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds, as long as the process runs."""
        end = time.monotonic() + TIMEOUT_S
        while not condition():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.1)

    def confirm(self, account: str) -> None:
        self.wait_for(lambda: QUESTION in self.output)
        self.type(account)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def close_terminal(self) -> None:
        """Close the terminal, as a lost connection does."""
        os.close(self.terminal)
        self.process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Wait for the end, and return the exit status."""
        status = self.process.wait(TIMEOUT_S)
        time.sleep(0.2)
        return status

    def _follow(self) -> None:
        while True:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:  # the other end is closed
                return
            self._read.append(data.decode(errors="replace"))
