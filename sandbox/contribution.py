"""The steps from the evidence of a run to a contributed record."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comparison.facts.evidence import Evidence
from comparison.generated_parts import WRITE_DOCS

_RECORDS = "docs/evidence"


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """The remaining steps with the evidence of a run.

    Attributes:
        summary: one sentence.
        commands: command lines, in order; empty if there is nothing to do.
    """

    summary: str
    commands: Sequence[str] = ()


def contribution(evidence: Evidence, file: Path) -> Contribution:
    """Return the steps that make a record of the evidence in a file.

    Args:
        evidence: the evidence.
        file: its file, as you named it.
    """
    if evidence.made_against != "AWS":
        return Contribution(
            summary=f"not a record to contribute: it was made against {evidence.made_against}, which settles nothing"
        )
    if file.parent.name == "evidence" and file.name == evidence.file_name:
        return Contribution(
            summary="to contribute the record, commit it with the pages, and open a pull request", commands=[WRITE_DOCS]
        )
    return Contribution(
        summary="to contribute it, copy it, write the pages, and open a pull request",
        commands=[shlex.join(["cp", str(file), f"{_RECORDS}/{evidence.file_name}"]), WRITE_DOCS],
    )
