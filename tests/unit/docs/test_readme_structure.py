"""The README shows commands, output and code early, and has its sections in the order in which readers need them."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from comparison.cli import main
from tests.conftest import ROOT, Synthesised
from tests.unit.docs.pages import TARGET_PAGES, headings, links

README = ROOT / "README.md"
SECTIONS = [
    "Compare the targets",
    "Choose a target",
    "Copy a construct",
    "Deploy a target",
    "Verify a deployment",
    "Updates and failures",
    "Add a target",
    "Limits of the local run",
]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return README.read_text().splitlines()


def line_number(lines: list[str], start: str) -> int:
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def test_sections_are_in_the_order_in_which_readers_need_them() -> None:
    assert headings(README) == SECTIONS


def test_the_first_screen_has_commands_and_their_output(lines: list[str]) -> None:
    block = line_number(lines, "```console")
    assert block <= 12
    end = lines.index("```")
    assert [line for line in lines[block:end] if line.startswith("$ make ")][1:]
    assert [line for line in lines[block:end] if not line.startswith("$ ")][3:]
    assert line_number(lines, "## ") <= 25


def test_the_printed_cost_is_what_the_command_prints(synthesised: Synthesised) -> None:
    """After `make demo`, whose assembly has every target; words may wrap elsewhere."""
    found = re.search(r'^\$ make compare ARGS="(.+)"\n((?:  .+\n)+)', (ROOT / "README.md").read_text(), re.MULTILINE)
    assert found
    done = CliRunner().invoke(main, ["--assembly", str(synthesised.directory), *found[1].split()])
    assert done.exit_code == 0, done.output
    shown = found[2].replace("…", "").split()
    assert " ".join(shown) in " ".join(done.output.split())


def test_the_picture_comes_before_the_target_table(lines: list[str]) -> None:
    assert line_number(lines, "[![") < line_number(lines, "|") < line_number(lines, "## Choose a target")


def test_the_code_of_a_construct_starts_by_line_60(lines: list[str]) -> None:
    assert line_number(lines, "```python") <= 60


def test_one_table_lists_the_targets(lines: list[str]) -> None:
    rows = [line for line in lines if line.startswith("| [`")]
    assert len(rows) == len(TARGET_PAGES)
    assert {f"docs/targets/{page.name}" for page in TARGET_PAGES} <= set(links(README))


def test_the_readme_states_the_number_of_targets_and_links_the_other_platforms() -> None:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    assert f"in {words[len(TARGET_PAGES)]} ways" in README.read_text()
    assert "docs/platforms.md" in links(README)
    assert "every way" not in README.read_text()


@pytest.mark.parametrize("page", [ROOT / "AGENTS.md", ROOT / "CHANGELOG.md", README], ids=lambda page: page.name)
def test_prose_lines_fit_a_terminal(page: Path) -> None:
    text = re.sub(r"<!-- ([\w-]+) -->.*?<!-- /\1 -->", "", page.read_text(), flags=re.DOTALL)
    assert [line for line in text.splitlines() if len(line) > 120 and not line.startswith(("|", "[!["))] == []
