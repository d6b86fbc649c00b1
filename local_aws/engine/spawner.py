"""Starts processes that do not outlive this one, even when it is killed."""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Spawner:
    """Starts every process from one thread that lives as long as this process.

    Linux delivers the parent-death signal when the *thread* that started the child ends: a process started from a
    short-lived worker thread would be killed at once.
    """

    def __init__(self) -> None:
        self._orders: queue.Queue[tuple[list[str], dict[str, str], Path, Future[subprocess.Popen[bytes]]]] = (
            queue.Queue()
        )
        threading.Thread(target=self._work, daemon=True, name="local-aws-spawner").start()

    def start(self, argv: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
        """Start `argv` with nothing but `environment`, output going to `log`.

        Raises:
            OSError: it cannot be started.
        """
        started: Future[subprocess.Popen[bytes]] = Future()
        self._orders.put((argv, environment, log, started))
        return started.result()

    def _work(self) -> None:
        while True:
            argv, environment, log, started = self._orders.get()
            try:
                started.set_result(_start(argv, environment, log))
            except OSError as error:
                started.set_exception(error)


def _start(argv: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603
            [_executable(argv[0], environment), *argv[1:]],
            env=environment,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


def _executable(name: str, environment: dict[str, str]) -> str:
    """Where the *child's* PATH has `name`: `Popen` looks it up in ours."""
    for directory in environment["PATH"].split(":"):
        candidate = Path(directory, name)
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    return name


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
