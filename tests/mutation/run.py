"""Mutate the modules of a set one expression at a time with mutmut, and run the tests that reach each mutant."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

REPOSITORY = Path(__file__).parents[2]
DIRECTORY = REPOSITORY / "build" / "mutation"
SETS = Path(__file__).with_name("sets.toml")
# A changed word of a message is no fault that a test should notice: the lines that are only text stay.
_TEXT = r'^\s*(f?"[^"]*"[,)]*\s*)+$'
_KILLED = {1, 3, -24, 24, 36, 37, 152, 255}


@dataclass(frozen=True, kw_only=True)
class MutationSet:
    """Modules and the tests that must notice a change in them.

    Attributes:
        name: name of the set.
        source: the directory that holds the package, relative to the repository.
        modules: the modules, relative to `source`.
        tests: the test files, relative to the repository.
    """

    name: str
    source: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Score:
    """The result of one set.

    Attributes:
        name: name of the set.
        killed: number of mutants that a test noticed, or that never ended.
        survivors: names of the others, such as "orders.status.x_can_transition__mutmut_3".
    """

    name: str
    killed: int
    survivors: tuple[str, ...]

    @property
    def mutants(self) -> int:
        """Number of all mutants."""
        return self.killed + len(self.survivors)

    @property
    def percent(self) -> float:
        """Share of the killed ones in percent, cut to one decimal."""
        return self.killed * 1000 // self.mutants / 10 if self.mutants else 0.0


def read_sets(path: Path = SETS) -> dict[str, MutationSet]:
    """Return name -> set."""
    return {
        name: MutationSet(
            name=name, source=found["source"], modules=tuple(found["modules"]), tests=tuple(found["tests"])
        )
        for name, found in tomllib.loads(path.read_text()).items()
    }


def run(chosen: MutationSet, *, processes: int) -> Score:
    """Run all mutants of a set.

    Args:
        chosen: the set.
        processes: how many mutants run at once.

    Raises:
        CalledProcessError: the tests fail without a mutation, or mutmut fails.
    """
    directory = prepare(chosen)
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    subprocess.run(
        [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes)],
        cwd=directory,
        env=environment,
        check=True,
    )
    return score_of(chosen.name, directory / "mutants")


def prepare(chosen: MutationSet) -> Path:
    """Copy the package and its tests to a directory in which mutmut can work, and return that."""
    directory = DIRECTORY / chosen.name
    shutil.rmtree(directory, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__")
    packages = sorted({module.split("/")[0] for module in chosen.modules})
    for package in packages:
        shutil.copytree(REPOSITORY / chosen.source / package, directory / "src" / package, ignore=ignore)
    shutil.copytree(REPOSITORY / "tests", directory / "tests", ignore=ignore)
    (directory / "pyproject.toml").write_text(_settings(chosen, packages))
    return directory


def _settings(chosen: MutationSet, packages: Sequence[str]) -> str:
    settings: Mapping[str, Sequence[str]] = {
        "source_paths": [f"src/{package}" for package in packages],
        "only_mutate": [f"src/{module}" for module in chosen.modules],
        "do_not_mutate_patterns": [_TEXT],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:randomly"],
        "pytest_add_cli_args_test_selection": chosen.tests,
    }
    # JSON's lists of strings are TOML's.
    lines = [f"{name} = {json.dumps(list(values))}" for name, values in settings.items()]
    return "\n".join(["[tool.mutmut]", *lines, "", "[tool.pytest.ini_options]", "pythonpath = ['.', 'src']", ""])


def score_of(name: str, mutants: Path) -> Score:
    """Read the exit status of each mutant from what mutmut wrote."""
    found: dict[str, int | None] = {}
    for file in sorted(mutants.rglob("*.meta")):
        found |= msgspec.json.decode(file.read_bytes())["exit_code_by_key"]
    survivors = sorted(key for key, status in found.items() if status not in _KILLED)
    return Score(name=name, killed=len(found) - len(survivors), survivors=tuple(survivors))
