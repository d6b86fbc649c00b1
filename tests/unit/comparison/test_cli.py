"""The command line of the comparison: what it writes, what it prints, and its errors."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from comparison.cli import main
from deployment import results
from deployment.assembly import Assembly
from tests.unit.comparison.conftest import example_run


@pytest.fixture
def run_directory(assembly: Assembly, tmp_path: Path) -> Path:
    results.write(example_run(assembly), tmp_path)
    (tmp_path / "cdk.out").symlink_to(assembly.path)
    return tmp_path


def called(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_it_writes_the_page_and_says_where(run_directory: Path) -> None:
    ended = called("--directory", run_directory)
    page = run_directory / "comparison" / "index.html"
    assert ended.exit_code == 0, ended.output
    assert page.read_text().startswith("<!doctype html>")
    assert f"open {page}" in ended.output


def test_the_page_is_written_to_the_output_option(run_directory: Path, tmp_path: Path) -> None:
    assert called("--directory", run_directory, "--output", tmp_path / "here.html").exit_code == 0
    assert (tmp_path / "here.html").exists()
    assert not (run_directory / "comparison").exists()


@pytest.mark.parametrize("form", ["terminal", "markdown", "json"])
def test_other_formats_are_printed_and_write_nothing(run_directory: Path, form: str) -> None:
    ended = called("--directory", run_directory, "--format", form)
    assert ended.exit_code == 0, ended.output
    assert "ecs-fargate" in ended.output
    assert not (run_directory / "comparison").exists()
    if form == "json":
        assert json.loads(ended.output)["targets"]


def test_a_difference_is_printed(run_directory: Path) -> None:
    ended = called("--directory", run_directory, "diff", "ecs-fargate", "lambda")
    assert ended.exit_code == 0, ended.output
    assert "only in lambda" in ended.output
    assert "Lambda Function" in ended.output


def test_a_target_and_itself_have_no_diff_as_on_the_page(run_directory: Path, html: str) -> None:
    ended = called("--directory", run_directory, "diff", "lambda", "lambda")
    assert ended.exit_code == 0, ended.output
    title, words = ended.output.splitlines()
    assert title == "lambda → lambda"
    assert words == "Both targets are the same: choose another one."
    assert f">{words}</p>" in html


def test_an_unknown_target_is_an_error_with_a_fix(run_directory: Path) -> None:
    ended = called("--directory", run_directory, "diff", "ecs-fargate", "nomad")
    assert ended.exit_code == 1
    assert "unknown target 'nomad'" in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize("command", [(), *((name,) for name in main.commands)], ids=" ".join)
def test_help_says_what_each_exit_status_means_and_they_are_so(command: tuple[str, ...]) -> None:
    [_, statuses] = called(*command, "--help").output.split("Exit status:")
    assert re.findall(r"\b\d\b(?= \w)", statuses.split("Options:")[0]) == ["0", "1", "2"]
    assert called(*command, "--nonsense").exit_code == 2


def test_a_value_out_of_range_is_an_error_as_help_says(run_directory: Path) -> None:
    assert "1 nothing to compare, a value out of range" in called("--help").output
    assert called("--directory", run_directory, "cost", "--requests-per-second", "-3").exit_code == 1


def test_without_anything_to_compare_it_says_what_to_do(tmp_path: Path) -> None:
    ended = called("--directory", tmp_path)
    assert ended.exit_code == 1
    assert "is not a cloud assembly" in " ".join(ended.output.split())
    assert not (tmp_path / "comparison").exists()
