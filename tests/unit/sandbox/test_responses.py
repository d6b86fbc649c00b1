"""The responses in `responses/`: each call has one, and each one is read by a test."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.unit.sandbox import invented

TESTS = "\n".join(path.read_text() for path in sorted(Path(__file__).parent.glob("*.py")))
DRILL_SOURCES = sorted(
    [
        *(ROOT / "sandbox/drills").glob("*.py"),
        *(ROOT / f"sandbox/{name}.py" for name in ("inventory", "leftovers", "resource_kinds")),
    ]
)
CALL = re.compile(r'\bclient\(\s*"([\w-]+)"\s*\)\s*\.(\w+)\(|\bpages\(\s*"([\w-]+)",\s*"(\w+)"')


def calls(path: Path) -> set[tuple[str, str]]:
    """Service and operation of each call in a module."""
    return {(a or c, b or d) for a, b, c, d in CALL.findall(path.read_text())}


CALLS = sorted({call for path in DRILL_SOURCES for call in calls(path)})


@pytest.mark.parametrize("call", CALLS, ids=".".join)
def test_every_call_of_a_drill_has_responses(call: tuple[str, str]) -> None:
    assert invented.read(*call)


@pytest.mark.parametrize("path", DRILL_SOURCES, ids=lambda path: path.stem)
def test_no_call_is_hidden_from_this_test(path: Path) -> None:
    """A client in a variable, or the name of an operation in one, would make a call without responses."""
    text = path.read_text()
    assert len(CALL.findall(text)) == len(re.findall(r"\b(?:client|pages|get_paginator)\(", text))


@pytest.mark.parametrize("path", invented.FILES, ids=lambda path: path.stem)
def test_every_response_is_read_by_a_test(path: Path) -> None:
    service, operation = path.stem.split(".")
    assert f'"{operation}"' in TESTS or (service, operation) in CALLS
    for name in invented.read(service, operation):
        assert f'"{name}"' in TESTS, name


@pytest.mark.parametrize("path", invented.FILES, ids=lambda path: path.stem)
def test_every_response_says_where_it_is_from(path: Path) -> None:
    """A recording replaces an invented response: its source has the day."""
    source = json.loads(path.read_text())["source"]
    assert source == invented.INVENTED or re.fullmatch(r"recorded on \d{4}-\d{2}-\d{2}", source)
