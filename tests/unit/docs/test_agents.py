"""AGENTS.md and llms.txt name files, folders and commands that exist, and every page."""

import re
import tomllib

from tests.conftest import ROOT
from tests.unit.docs.command_checks import errors
from tests.unit.docs.llms import COMMAND, LLMS, current
from tests.unit.docs.pages import AGENTS, PAGES, name, section, spans
from tests.unit.docs.shell import programs

FOLDER = re.compile(r"[\w.-]+(/[\w.-]+)*/")
_LLMS_LINK = re.compile(r"^- \[[^\]]+\]\(([^)]+)\): \S", re.MULTILINE)


def _folders() -> set[str]:
    """Top-level folders with Python code."""
    generated = (".", "build", "node_modules", "cdk.out")
    found = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith(generated)]
    return {folder.name for folder in found if next(folder.glob("**/*.py"), None)}


def test_every_folder_in_agents_exists() -> None:
    found = [span for span in spans(AGENTS) if FOLDER.fullmatch(span)]
    assert len(found) > 15
    assert [folder for folder in found if not (ROOT / folder).is_dir()] == []


def test_every_file_in_agents_exists() -> None:
    names = [span for span in spans(AGENTS) if re.fullmatch(r"[\w./-]+\.(py|md|toml|json|guard|txt|lock)", span)]
    assert names
    assert [file for file in names if not (ROOT / file).is_file()] == []


def test_agents_lists_every_folder_with_code() -> None:
    rows = re.findall(r"^\| `([\w.-]+)/` \|", section(AGENTS, "Structure"), re.MULTILINE)
    assert _folders() <= set(rows)
    assert len(rows) == len(set(rows))


def test_mypy_checks_every_folder_with_code_but_the_tests() -> None:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    assert _folders() - {"tests"} <= set(configured)


def test_llms_txt_is_current() -> None:
    assert LLMS.read_text() == current(), f"run: {COMMAND}"


def test_llms_txt_has_the_standard_structure() -> None:
    lines = LLMS.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert lines[2].startswith("> ")
    assert [line for line in lines if line.startswith("## ")] == [
        "## Targets",
        "## Guides",
        "## Facts",
        "## Development",
    ]


def test_llms_txt_lists_every_page() -> None:
    links = _LLMS_LINK.findall(LLMS.read_text())
    assert sorted(links) == sorted([*map(name, PAGES), "CHANGELOG.md", "docs/facts.json"])
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_commands_in_llms_txt_exist() -> None:
    commands = re.findall(r"`((?:make|python -m) [^`]+)`", LLMS.read_text())
    assert commands
    assert [error for command in commands for words in programs(command) for error in errors(words)] == []
