"""The mutation run: its sets exist, mutmut's answers are read correctly, and the page shows the recorded score."""

import json
import tomllib
from pathlib import Path

import pytest

from comparison.generated_parts import part
from tests.mutation.__main__ import PAGE, REQUIRED_PERCENT
from tests.mutation.run import REPOSITORY, prepare, read_sets, score_of
from tests.mutation.score import as_markdown, read_scores

SETS = read_sets()


@pytest.mark.parametrize("name", SETS)
def test_the_files_of_a_set_exist(name: str):
    chosen = SETS[name]
    paths = [REPOSITORY / chosen.source / module for module in chosen.modules]
    missing = [path for path in [*paths, *map(REPOSITORY.joinpath, chosen.tests)] if not path.is_file()]
    assert not missing


def test_the_page_shows_the_recorded_scores():
    shown = part(PAGE.read_text(), "mutation")
    assert shown.strip() == as_markdown(list(read_scores().values())), "run: make mutation ARGS=--write"


@pytest.mark.parametrize("name", SETS)
def test_the_recorded_score_is_high_enough(name: str):
    assert read_scores()[name].percent >= REQUIRED_PERCENT


def test_a_mutant_without_a_failing_test_survives(tmp_path: Path):
    statuses = {"a": 1, "b": 0, "c": 33, "d": None, "e": 36, "f": -24, "g": 5}
    (tmp_path / "x.py.meta").write_text(json.dumps({"exit_code_by_key": statuses}))
    score = score_of("set", tmp_path)
    # Survived, without a test, not run, and without collected tests.
    assert score.survivors == ("b", "c", "d", "g")
    assert (score.killed, score.mutants, score.percent) == (3, 7, 42.8)


def test_no_mutants_are_no_score(tmp_path: Path):
    assert score_of("set", tmp_path).percent == 0


def test_a_set_is_prepared_outside_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.mutation.run.DIRECTORY", tmp_path)
    directory = prepare(SETS["service"])
    settings = tomllib.loads((directory / "pyproject.toml").read_text())["tool"]["mutmut"]
    assert directory.is_relative_to(tmp_path)
    assert all((directory / module).is_file() for module in settings["only_mutate"])
    assert all((directory / test).is_file() for test in settings["pytest_add_cli_args_test_selection"])
