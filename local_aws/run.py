"""A run from nothing to nothing: up, deploy, call, down; interrupted at any moment, it still ends with nothing."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

from deployment import results
from deployment.console import Progress, plural
from deployment.results import Results
from deployment.stages.call import call
from deployment.stages.deploy import deploy
from deployment.stages.options import Options
from deployment.stages.stopwatch import Stopwatch
from deployment.stages.up import up
from local_aws.machine import lifecycle


class Interrupted(KeyboardInterrupt):
    """Somebody asked the run to end; `exit_status` is what a shell expects for the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_status = 128 + number


def run(options: Options, progress: Progress, *, keep: bool = False) -> Results:
    """Run everything, write the results, and leave nothing behind unless `keep`.

    Raises:
        ActionableError: it could not start.
        Interrupted: by Ctrl-C or SIGTERM, after everything was removed.
    """
    watch = Stopwatch()
    directory = options.settings.directory
    with removed_afterwards(options, progress, watch, keep=keep):
        running = up(options, progress, watch)
        found = deploy(running, progress, watch)
        results.write(found, directory)
        found = call(running, found, options, progress, watch)
        results.write(found, directory)
    found = replace(found, steps=watch.steps, seconds=watch.seconds)
    results.write(found, directory)
    return found


@contextmanager
def removed_afterwards(options: Options, progress: Progress, watch: Stopwatch, *, keep: bool = False) -> Iterator[None]:
    """Remove whatever runs when the block ends; with `keep`, only when it ends by an error or a signal."""
    with heeded_signals():
        try:
            yield
        except BaseException:
            down(options, progress)
            raise
        if not keep:
            with watch.step("down"):
                down(options, progress)


def down(options: Options, progress: Progress) -> None:
    """Stop what runs and remove what it or an earlier run left; signals wait until that is done."""
    with _deaf(), progress.step("down", "stopping") as step:
        running = lifecycle.load(options.settings.directory)
        removed = lifecycle.stop(running) if running else []
        removed += lifecycle.clean(options.settings.directory)
        step.say("nothing left", f"removed {plural(len(removed), 'thing')}" if removed else "there was nothing")


@contextmanager
def heeded_signals() -> Iterator[None]:
    """Turn the first Ctrl-C or SIGTERM within the block into `Interrupted`."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    with _handled(interrupt):
        yield


@contextmanager
def _deaf() -> Iterator[None]:
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
