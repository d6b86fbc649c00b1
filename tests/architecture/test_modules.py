"""The house: which folder may import which, no circular imports, and one module of a name in a folder."""

from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.sources import imported, modules, names
from tests.conftest import ROOT

# Folder -> the folders of the project that it may import.
ALLOWED: dict[str, set[str]] = {
    "microservice": set(),
    "stacks": {"microservice"},
    "sample_service": set(),
    "deployment": set(),
    "local_aws": {"deployment"},
    "pricing": {"deployment"},
    "comparison": {"deployment", "pricing", "updates"},
    "updates": {"app", "deployment", "microservice", "service", "stacks"},
    "copilot_import": {"deployment", "microservice"},
    "sandbox": {"comparison", "deployment", "pricing"},
    "supply_chain": {"deployment"},
    "vendoring": {"deployment", "microservice", "updates"},
    "benchmarks": {"app", "deployment", "orders", "pricing", "service", "stacks", "microservice"},
}
PROGRAMS = {"app", "demo", "service"}
# The folders of platforms have the same modules, such as `ecs/service.py` and `lambda_/service.py`.
SAME_NAME = {"microservice": {"fargate", "scheduled_job", "service", "worker"}}
PACKAGE = {"sample_service": "orders"}


def dotted(file: Path, folder: str) -> str:
    """The dotted name of a module, as other modules of its folder import it."""
    root = ROOT / folder if folder in PACKAGE else ROOT
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def needed(file: Path, folder: str, known: set[str]) -> Iterator[str]:
    """The modules of the same folder that a module imports."""
    package = dotted(file, folder) if file.name == "__init__.py" else dotted(file, folder).rpartition(".")[0]
    for name in imported(file, with_names=True):
        parts = package.split(".")
        level = len(name) - len(name.lstrip("."))
        absolute = ".".join([*parts[: len(parts) - level + 1], name.lstrip(".")]) if level else name
        while absolute and absolute not in known:
            absolute = absolute.rpartition(".")[0]
        if absolute and absolute != dotted(file, folder):
            yield absolute


@pytest.mark.parametrize("folder", ALLOWED)
def test_imports_go_one_way(folder: str) -> None:
    ours = {*ALLOWED, *PROGRAMS, *PACKAGE.values()}
    allowed = {folder, PACKAGE.get(folder, folder), *ALLOWED[folder]}
    for file in modules(folder):
        found = {name.split(".")[0] for name in imported(file) if not name.startswith(".")}
        assert not (found & ours) - allowed, file


@pytest.mark.parametrize("folder", ALLOWED)
def test_imports_are_not_circular(folder: str) -> None:
    """A package's `__init__.py` that loads its modules on first use imports none of them."""
    files = {dotted(file, folder): file for file in modules(folder) if file != ROOT / "microservice/__init__.py"}
    graph = {name: set(needed(file, folder, set(files))) for name, file in files.items()}
    # A package imports its modules, and they import each other by it: that is no circle.
    packages = {name for name, file in files.items() if file.name == "__init__.py"}
    TopologicalSorter({name: found - packages for name, found in graph.items() if name not in packages}).prepare()
    assert any(graph.values()) or len(files) < 3


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_name_stands_for_one_module(folder: str) -> None:
    found = Counter(file.stem for file in modules(folder) if not file.stem.startswith("__"))
    assert {name for name, count in found.items() if count > 1} <= SAME_NAME.get(folder, set())


def test_the_demo_is_above_everything() -> None:
    assert {"local_aws", "comparison"} <= {name.split(".")[0] for name in imported(ROOT / "demo.py")}


def test_every_folder_with_code_has_its_place() -> None:
    folders = {file.parent.name for file in ROOT.glob("*/*.py") if not file.parent.name.startswith(".")}
    assert folders - {"tests", "build"} <= {*ALLOWED}, names(sorted(ROOT.glob("*/*.py")))
