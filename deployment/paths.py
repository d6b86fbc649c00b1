"""Paths of this repository that several folders share, and the check of a path that a command will write."""

from pathlib import Path

from deployment.errors import ActionableError

REPOSITORY = Path(__file__).resolve().parent.parent
# State, logs and results of the local run.
DEFAULT_DIRECTORY = REPOSITORY / "build" / "local"


def require_writable(path: Path, option: str) -> None:
    """Check that a file or directory can be made there, before anything is computed for it.

    Args:
        path: the file or directory.
        option: the option or argument with the path, for the fix.

    Raises:
        ActionableError: a part of the path is a file.
    """
    for parent in path.absolute().parents:
        if parent.exists():
            if not parent.is_dir():
                raise ActionableError(
                    f"{path} cannot be written", f"{parent} is a file", f"choose another path for {option}"
                )
            return
