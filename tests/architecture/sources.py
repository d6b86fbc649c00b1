"""Imports and contents of sources, read without running them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT


def modules(folder: str) -> list[Path]:
    """Python files of a folder and its subfolders."""
    return sorted((ROOT / folder).rglob("*.py"))


def names(files: list[Path]) -> list[str]:
    """Paths as IDs of parametrised tests."""
    return [str(file.relative_to(ROOT)) for file in files]


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def imported(file: Path, *, with_names: bool = False) -> Iterator[str]:
    """Dotted names of imported modules; relative imports start with their dots.

    `with_names` appends each imported name to its module: it may be a module itself.
    """
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            if with_names and node.module:
                yield from (f"{prefix}.{alias.name}" for alias in node.names)
            else:
                yield from [prefix] if node.module else [f"{prefix}{alias.name}" for alias in node.names]


def local_imports(file: Path) -> set[Path]:
    """Files that a file imports by relative imports."""
    found = set()
    for name in imported(file):
        if name.startswith("."):
            parts = name.lstrip(".").split(".")
            folder = file.parents[len(name) - len(name.lstrip(".")) - 1]
            path = folder.joinpath(*parts)
            found.add(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    return found


def dependencies(file: Path, root: Path) -> set[Path]:
    """The file, every file that it imports directly or indirectly, and the `__init__.py` of their packages.

    The `__init__.py` of `root` is left out.
    """
    needed: set[Path] = set()
    waiting = [file]
    while waiting:
        current = waiting.pop()
        if current not in needed:
            needed.add(current)
            waiting += local_imports(current)
            waiting += [parent / "__init__.py" for parent in current.parents if root in parent.parents]
    return needed


def data_folders(file: Path) -> list[Path]:
    """Folders with data that a file reads from its own folder."""
    return [file.with_name(name) for name in re.findall(r'\(__file__\)\.with_name\("(\w+)"\)', file.read_text())]


def is_target(file: Path) -> bool:
    """Whether a file contains the construct of a target: a class that sets `TARGET_ID`."""
    return target_id(file) is not None


def target_id(file: Path) -> str | None:
    """The value of `TARGET_ID`, if a class of the file sets it."""
    assigned = [node for node in ast.walk(parsed(file)) if isinstance(node, ast.AnnAssign)]
    values = [node.value for node in assigned if isinstance(node.target, ast.Name) and node.target.id == "TARGET_ID"]
    return next((str(value.value) for value in values if isinstance(value, ast.Constant)), None)


MICROSERVICE = modules("microservice")
STACKS = modules("stacks")
TARGETS = [file for file in MICROSERVICE if is_target(file)]
PLATFORMS = sorted({file.parent.name for file in TARGETS})
