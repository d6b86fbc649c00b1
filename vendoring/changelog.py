"""The sections of `CHANGELOG.md` between two versions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent.parent / "CHANGELOG.md"
UNRELEASED = "Unreleased"
_HEADING = re.compile(r"^## \[([^\]]+)\].*$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """One version of the changelog.

    Attributes:
        version: the version, or `Unreleased`.
        text: what changed, as Markdown, without the heading of the version.
    """

    version: str
    text: str


def sections(text: str | None = None) -> list[Section]:
    """Return the sections, the newest first."""
    content = FILE.read_text() if text is None else text
    found = list(_HEADING.finditer(content))
    ends = [one.start() for one in found[1:]] + [len(content)]
    return [Section(one[1], content[one.end() : end].strip()) for one, end in zip(found, ends, strict=True)]


def between(base: str, new: str, text: str | None = None) -> Iterator[Section]:
    """Yield the sections that are newer than `base` and not newer than `new`, the newest first.

    Args:
        base: the version that was copied; a commit after it is left out.
        new: the version to upgrade to; one without a section stands for `Unreleased`.
        text: the changelog. Default: that of this repository.
    """
    found = sections(text)
    versions = [one.version for one in found]
    start = versions.index(new) if new in versions else 0
    released = base.partition("+")[0]
    # A folder that was copied between two releases lacks a part of the section that was not released then.
    end = versions.index(released) if released in versions else start + 1
    yield from (one for one in found[start:end] if one.text)
