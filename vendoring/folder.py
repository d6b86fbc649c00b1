"""The copied folder: its files, its version and hash, and how it is replaced as a whole."""

import ast
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployment.errors import ActionableError

Files = Mapping[str, bytes]
"""Path in the folder, with "/" -> content."""

RECORD = "release.json"
_GENERATED = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store"})
_TOP = "__init__.py"


@dataclass(frozen=True)
class Identity:
    """The version and hash of a folder.

    Attributes:
        version: the version, such as `0.2.0`.
        sha256: hash of its files when they were released; "" before 0.3.0, which has the first record.
    """

    version: str
    sha256: str = ""


def read_folder(path: Path) -> dict[str, bytes]:
    """Return the files of a folder without those that tools generate.

    Raises:
        ActionableError: the folder is not a copy of `microservice/`.
    """
    files = {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and not _GENERATED & set(file.relative_to(path).parts) and file.suffix != ".pyc"
    }
    if not any(name.endswith(".py") for name in files):
        raise ActionableError(
            f"{path} is not a copy of microservice/",
            "it contains no Python module" if path.is_dir() else "there is no such folder",
            "pass the path of the copied folder, such as ../my-service/microservice",
        )
    return files


def digest(files: Files) -> str:
    """Return the hash of a folder: the same for line endings of Windows, and without the record itself."""
    found = hashlib.sha256()
    for name, content in sorted(files.items()):
        if name != RECORD:
            one = hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
            found.update(f"{name}\0{one}\n".encode())
    return found.hexdigest()


def identity(files: Files) -> Identity | None:
    """Return the version and hash of the release that was copied; None if the folder does not say."""
    if RECORD in files:
        try:
            record = json.loads(files[RECORD])
            return Identity(record["version"], record["sha256"])
        except (ValueError, KeyError, TypeError) as error:
            raise ActionableError(
                f"{RECORD} of the folder is not valid", str(error), "restore it from the history of your repository"
            ) from error
    for node in ast.parse(files.get(_TOP, b"")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__":
            return Identity(str(ast.literal_eval(node.value)))
    return None


def record(files: Files) -> bytes:
    """Return the content of the record for these files."""
    found = identity({name: content for name, content in files.items() if name != RECORD})
    version = found.version if found else ""
    return (json.dumps({"version": version, "sha256": digest(files)}, indent=2) + "\n").encode()


def write_files(path: Path, files: Files) -> None:
    """Write files below a path."""
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def replace_folder(path: Path, files: Files) -> None:
    """Replace a folder with these files: all of them, or none if anything fails."""
    path = path.resolve()
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as directory:
        new, old = Path(directory, "new"), Path(directory, "old")
        write_files(new, files)
        shutil.copymode(path, new)
        path.rename(old)
        try:
            new.rename(path)
        except OSError:
            old.rename(path)
            raise
