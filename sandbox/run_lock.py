"""The lock of a run: one process at a time deploys or deletes its stacks."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deployment.errors import ActionableError

LOCK_FILE = "lock"
TIMEOUT_S = 900.0
_POLL_S = 1.0


@contextmanager
def locked(
    directory: Path, report: Callable[[str], None], *, now: Callable[[], float], wait: Callable[[float], None]
) -> Iterator[int]:
    """Hold the lock of a run, and yield its file descriptor.

    The CDK CLI inherits it: if the process that started the CLI is killed, the lock is held until the CLI has ended,
    and no other process deletes stacks that the CLI still creates.

    Args:
        directory: Directory of the run.
        report: Shows what is waited for.
        now: Returns seconds of a monotonic clock.
        wait: Waits for a number of seconds.

    Raises:
        ActionableError: another process holds the lock for 15 minutes.
    """
    with (directory / LOCK_FILE).open("a") as file:
        end = now() + TIMEOUT_S
        while not _is_acquired(file.fileno()):
            if now() >= end:
                raise ActionableError(
                    f"another process works on the run {directory.name}",
                    f"it holds {directory / LOCK_FILE}",
                    "wait for it, or end it with Ctrl-C in its terminal",
                )
            report("another process, or a CDK CLI that it started, works on this run")
            wait(_POLL_S)
        yield file.fileno()


def _is_acquired(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
