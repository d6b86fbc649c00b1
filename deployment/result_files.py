"""Results as JSON files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from deployment.errors import ActionableError

Results = TypeVar("Results")
Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
"""A number of things."""
Quantity = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
"""Seconds, milliseconds or MiB that were measured: at most thirty years, twelve days or a petabyte."""


def write_results(results: object, path: Path) -> Path:
    """Write results atomically, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    return draft.replace(path)


def read_results(path: Path, kind: type[Results], *, missing: str, fix: str) -> Results:
    """Read results.

    Args:
        path: The file.
        kind: Type of the results.
        missing: Cause of the error if there is no file, such as "no load was run yet".
        fix: Fix of the error.

    Raises:
        ActionableError: the file does not exist, or another version wrote it.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise ActionableError(f"{path} does not exist", missing, fix) from error
    except OSError as error:
        raise unreadable(path, error) from error
    except msgspec.DecodeError as error:
        raise ActionableError(f"{path} cannot be read", str(error), fix) from error


def unreadable(path: Path, error: OSError) -> ActionableError:
    """Return the error for a file that exists and cannot be read, such as a directory of that name."""
    return ActionableError(f"{path} cannot be read", str(error.strerror), f"ls -ld {path}, then move or remove it")
