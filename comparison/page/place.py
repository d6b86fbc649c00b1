"""Where the page goes."""

from pathlib import Path

from local_aws.machine import lifecycle

DEFAULT_FILE = lifecycle.DEFAULT_DIRECTORY.parent / "comparison" / "index.html"


def beside(directory: Path) -> Path:
    """Return where the page of a local run goes: beside build/local, or inside any other directory of a run."""
    if directory.resolve() == lifecycle.DEFAULT_DIRECTORY:
        return DEFAULT_FILE
    return directory / "comparison" / "index.html"


def shown(path: Path) -> str:
    """Return the path as people would type it where they are."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
