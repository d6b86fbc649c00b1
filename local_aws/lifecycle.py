"""Start, find again, stop and clean the local AWS."""

from __future__ import annotations

from pathlib import Path

from local_aws.running import REPOSITORY, Running, Settings

DEFAULT_DIRECTORY = REPOSITORY / "build" / "local"


def start(settings: Settings | None = None) -> Running:
    """Start the emulator and, where there is one, connect it to the container engine.

    Cleans up whatever an earlier run left behind first.

    Raises:
        LocalAwsError: a port is busy, a tool is missing, the engine is dead, or the disk is full.
    """
    raise NotImplementedError(settings)


def load(directory: Path = DEFAULT_DIRECTORY) -> Running | None:
    """The local AWS that is running now, or None."""
    raise NotImplementedError(directory)


def stop(running: Running) -> None:
    """Stop it and leave no process, container, network or file but the results and logs."""
    raise NotImplementedError(running)


def clean(directory: Path = DEFAULT_DIRECTORY) -> list[str]:
    """Remove what a run that was killed left behind; returns one line for each thing removed."""
    raise NotImplementedError(directory)
