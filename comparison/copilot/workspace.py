"""The application that a manifest belongs to, which Copilot keeps beside its services."""

from pathlib import Path

from comparison.copilot.reading import read
from comparison.copilot.tree import Scalar, find
from local_aws.errors import LocalAwsError

_FILE = ".workspace"


def application_of(manifest: Path) -> str | None:
    """Return the application's name from the nearest `.workspace` above a manifest; None where none says it."""
    for folder in manifest.resolve().parents:
        file = folder / _FILE
        if file.is_file():
            try:
                said = find(read(file), ("application",))
            except LocalAwsError:
                return None
            return said.text if isinstance(said, Scalar) else None
    return None
