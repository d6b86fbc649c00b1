"""The application that a manifest belongs to, which Copilot keeps beside its services."""

from pathlib import Path

from copilot_import.reading import read
from copilot_import.tree import Scalar, find
from deployment.errors import ActionableError

_FILE = ".workspace"


def application_of(manifest: Path) -> str | None:
    """Return the application's name from the nearest `.workspace` above a manifest; None where none says it."""
    for folder in manifest.resolve().parents:
        file = folder / _FILE
        if file.is_file():
            try:
                said = find(read(file), ("application",))
            except ActionableError:
                return None
            return said.text if isinstance(said, Scalar) else None
    return None
