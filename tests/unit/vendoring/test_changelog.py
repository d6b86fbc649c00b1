"""The sections of the changelog between two versions."""

import pytest

from vendoring.changelog import between, sections

TEXT = """# Changelog

## [Unreleased]

next

## [0.2.0] - 2026-11-28

second

## [0.1.0] - 2026-11-28

first
"""


def test_sections_are_the_newest_first() -> None:
    assert [(one.version, one.text) for one in sections(TEXT)] == [
        ("Unreleased", "next"),
        ("0.2.0", "second"),
        ("0.1.0", "first"),
    ]


@pytest.mark.parametrize(
    ("base", "new", "expected"),
    [
        ("0.1.0", "0.2.0", ["0.2.0"]),
        ("0.1.0", "0.3.0.dev0", ["Unreleased", "0.2.0"]),
        ("0.2.0", "0.3.0.dev0", ["Unreleased"]),
        ("0.2.0", "0.2.0", []),
        ("0.3.0.dev0+abc", "0.3.0.dev0", ["Unreleased"]),
    ],
)
def test_the_sections_between_two_versions(base: str, new: str, expected: list[str]) -> None:
    assert [one.version for one in between(base, new, TEXT)] == expected
