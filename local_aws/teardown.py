"""Teardown of the local environment at the end of a command, however the command ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from deployment.console import Progress, plural
from local_aws import lifecycle


class Interrupted(KeyboardInterrupt):
    """A signal ended the command.

    Attributes:
        exit_status: what a shell expects after the signal: 130 for Ctrl-C, 143 for SIGTERM.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_status = 128 + number


@contextmanager
def teardown_on_exit(directory: Path, progress: Progress, *, keep: bool = False) -> Iterator[None]:
    """Stop the environment at the end of the block.

    Args:
        directory: The environment's directory.
        progress: Shows the teardown.
        keep: Whether to stop it only after an error or a signal. Default: False.

    Raises:
        Interrupted: by Ctrl-C, SIGTERM or SIGHUP, after the teardown.
    """
    with interruptible():
        try:
            yield
        except BaseException:
            teardown(directory, progress)
            raise
        if not keep:
            teardown(directory, progress)


def teardown(directory: Path, progress: Progress) -> None:
    """Stop the environment, and remove what it or an earlier run left; signals are ignored until then."""
    with _signals_ignored(), progress.step("down", "stopping") as step:
        environment = lifecycle.load(directory)
        removed = lifecycle.stop(environment) if environment else []
        removed += lifecycle.clean(directory)
        step.update("nothing left", f"removed {plural(len(removed), 'object')}" if removed else "nothing was running")


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` in the block on Ctrl-C, SIGTERM or SIGHUP."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    with _handled(interrupt):
        yield


@contextmanager
def _signals_ignored() -> Iterator[None]:
    with _handled(signal.SIG_IGN):
        yield


@contextmanager
def _handled(handler: signal.Handlers | object) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
