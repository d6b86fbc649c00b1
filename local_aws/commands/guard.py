"""What all commands share: their exit status, their first line, and how they end when something ends them early."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from deployment.console import Progress, error_text, make_console, show
from deployment.errors import ActionableError
from local_aws.environment import LocalEnvironment, Settings
from local_aws.machine import lifecycle
from local_aws.run import Interrupted

OK, FAILED = 0, 1
WHILE_UP = (
    ("python -m local_aws logs TARGET", "what its containers write"),
    ("python -m local_aws call", "call everything and report"),
    ("python -m local_aws down", "leave nothing behind"),
)


def guarded(act: Callable[[Console], int], directory: Path) -> int:
    """Run a command; whatever ends it early becomes a fact, a why and a cure on stderr, and an exit status."""
    try:
        return act(make_console())
    except ActionableError as error:
        show(make_console(sys.stderr), error_text(error))
        return FAILED
    except Interrupted as interruption:
        make_console(sys.stderr).print(f"✘ interrupted by {interruption}: nothing was left behind")
        return interruption.exit_status
    except Exception as error:  # the emulator may die at any moment, and clients then raise what they like
        show(make_console(sys.stderr), error_text(_unexpected(error, directory)))
        return FAILED


def _unexpected(error: Exception, directory: Path) -> ActionableError:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "traceback.log"
    path.write_text(traceback.format_exc())
    cause = "the emulator ended early, or the local run has a defect"
    return ActionableError(f"{type(error).__name__}: {error}", cause, f"see {path} and {directory / 'emulator.log'}")


def screen(console: Console) -> Progress:
    """Print the first line, and return the rows that follow it."""
    console.print("  [bold]local AWS[/bold]   this machine only · no AWS account · $0\n")
    return Progress(console)


def running_now(settings: Settings) -> LocalEnvironment:
    """Return the local AWS that is up.

    Raises:
        ActionableError: none is.
    """
    running = lifecycle.load(settings.directory)
    if running is None:
        raise ActionableError(
            "no local AWS is up", f"{settings.directory} names none that runs", "python -m local_aws up"
        )
    return running
