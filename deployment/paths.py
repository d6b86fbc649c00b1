"""Paths of this repository that several folders share."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
# State, logs and results of the local run.
DEFAULT_DIRECTORY = REPOSITORY / "build" / "local"
