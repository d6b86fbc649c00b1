"""The local run: cli -> commands -> run -> stages -> rooms -> what all of them share; small enough to be read."""

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import imported, modules, parsed
from tests.architecture.test_imports import names
from tests.architecture.test_shape import FUNCTIONS
from tests.conftest import ROOT

SOURCES = [*modules("local_aws"), *modules("comparison")]
# From top to bottom; what shares a line may import each other.
FLOORS: tuple[set[str], ...] = (
    {"__main__"},
    {"cli"},
    {"cli_options"},
    {"commands"},
    {"run"},
    {"stages"},
    {"machine"},
    {"permissions"},
    {"workflow"},
    {"calls"},
    {"deploying"},
    {"screen"},
    {"results"},
    {"clients"},
    {"facts"},
    {"emulator", "engine"},
    {"container_fact", "host", "ports", "running"},
    {"errors"},
    {"__init__"},
)


def floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def room(file: Path) -> str:
    return file.relative_to(ROOT / "local_aws").parts[0].removesuffix(".py")


def rooms_needed(file: Path) -> set[str]:
    """Rooms that a file imports from; `from local_aws import x` names x."""
    needed = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.ImportFrom) and node.module == "local_aws":
            needed |= {alias.name for alias in node.names}
    return needed | {name.split(".")[1] for name in imported(file) if name.startswith("local_aws.")}


@pytest.mark.parametrize("file", modules("local_aws"), ids=names(modules("local_aws")))
def test_imports_go_down_and_never_up(file: Path) -> None:
    above = [other for other in rooms_needed(file) if floor(other) < floor(room(file))]
    assert not above


@pytest.mark.parametrize("file", SOURCES, ids=names(SOURCES))
def test_modules_are_short_and_functions_shorter(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 150
    for node in ast.walk(parsed(file)):
        if isinstance(node, FUNCTIONS):
            assert (node.end_lineno or 0) - node.body[0].lineno < 40, node.name


@pytest.mark.parametrize("file", SOURCES, ids=names(SOURCES))
def test_only_the_emulator_touches_what_is_emulated(file: Path) -> None:
    if not file.is_relative_to(ROOT / "local_aws" / "emulator"):
        assert "ministack" not in {name.split(".")[0] for name in imported(file)}
