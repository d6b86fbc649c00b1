"""What happens on each target when something fails: every target says it for every failure."""

from pathlib import Path
from typing import Any

import pytest

from comparison.facts.failures import read_failures
from deployment.errors import ActionableError
from tests.conftest import ROOT

# What issue trackers of every platform are full of.
FAILURES = [
    "exits-at-once",
    "exits-later",
    "never-healthy",
    "responds-500",
    "cannot-pull",
    "wedged",
    "lost-zone",
    "no-capacity",
]


def test_every_target_has_a_result_for_every_failure(facts: Any) -> None:
    targets = {target.id for target in facts.targets} | {"app-runner"}
    failures = read_failures()
    assert [failure.id for failure in failures] == FAILURES
    for failure in failures:
        assert set(failure.results) == targets, failure.id
        assert all(result for result, _ in failure.results.values())


def test_each_result_has_a_time_but_where_another_row_has_it() -> None:
    without = [
        (failure.id, target) for failure in read_failures() for target, (_, time) in failure.results.items() if not time
    ]
    assert without == [("never-healthy", "lambda")]


@pytest.mark.parametrize("page", sorted((ROOT / "docs/targets").glob("*.md")), ids=lambda page: page.stem)
def test_each_target_page_shows_them(page: Path) -> None:
    text = page.read_text()
    for failure in read_failures():
        result, _ = failure.results[page.stem]
        shown = "the local run" if page.stem in failure.executed else "an account only"
        [row] = [line for line in text.splitlines() if line.startswith(f"| {failure.title} |")]
        assert result in row
        assert row.endswith(f"| {shown} |")


def test_a_failure_that_is_executed_without_a_result_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "failures.toml"
    file.write_text('[[failure]]\nid = "x"\ntitle = "x"\nexecuted = ["moon"]\n[failure.results]\nearth = ["y", "z"]\n')
    with pytest.raises(ActionableError, match=r"failures\.toml is invalid") as error:
        read_failures(file)
    assert "x is executed on moon" in str(error.value.cause)
