"""What sources import and contain, read without running them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def imported(file: Path) -> Iterator[str]:
    """Dotted names of what a file imports; relative imports as `.name`."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            yield from [prefix] if node.module else [f"{prefix}{alias.name}" for alias in node.names]


def siblings(file: Path) -> set[Path]:
    """The file and every file of its folder that it needs, directly or not."""
    needed: set[Path] = set()
    waiting = [file]
    while waiting:
        current = waiting.pop()
        needed.add(current)
        names = [name.removeprefix(".") for name in imported(current) if name.startswith(".")]
        waiting += [found for name in names if (found := file.with_name(f"{name}.py")) not in needed]
    return needed


def beside(file: Path) -> list[Path]:
    """Folders that a file finds beside itself."""
    return [file.with_name(name) for name in re.findall(r'\(__file__\)\.with_name\("(\w+)"\)', file.read_text())]
