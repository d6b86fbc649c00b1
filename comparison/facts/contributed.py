"""Records of runs in AWS accounts, which others contributed: the evidence in `docs/evidence/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from comparison.facts.evidence import Evidence, Measurements, Verdict, read

DIRECTORY = Path(__file__).resolve().parents[2] / "docs" / "evidence"
FIGURES = Measurements.__struct_fields__
"""Names of the figures, in the order in which a run measures them."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The evidence of one run on AWS, with its file.

    Attributes:
        file: name of the file in `docs/evidence/`.
        evidence: the evidence.
    """

    file: str
    evidence: Evidence

    @property
    def targets(self) -> frozenset[str]:
        """IDs of the targets of the run."""
        return frozenset(result.target for result in self.evidence.drills)

    @property
    def place_and_date(self) -> str:
        """Region and day, such as "us-east-1, 2026-12-03"."""
        return f"{self.evidence.region}, {self.evidence.date}"


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """The verdict of one record on a statement.

    Attributes:
        verdict: "proven" or "refuted".
        record: the record.
    """

    verdict: Verdict
    record: Record


@dataclass(frozen=True, kw_only=True)
class MeasuredFigure:
    """A figure that a run on AWS has measured.

    Attributes:
        target: ID of the target.
        name: a field of `Measurements`, which ends with the unit.
        value: the figure.
        record: the record that has it.
    """

    target: str
    name: str
    value: float
    record: Record


def read_records(directory: Path = DIRECTORY) -> tuple[Record, ...]:
    """Read the records of runs on AWS, the oldest first; examples and runs on the emulator are none.

    Args:
        directory: where they are. Default: `docs/evidence/`.

    Raises:
        ActionableError: a file is no evidence.
    """
    found = [Record(file=path.name, evidence=read(path)) for path in directory.glob("*.json")]
    on_aws = [record for record in found if record.evidence.made_against == "AWS"]
    return tuple(sorted(on_aws, key=lambda record: (record.evidence.date, record.file)))


def settlements(records: Sequence[Record]) -> Mapping[str, Sequence[Settlement]]:
    """Return ID of a statement -> what settles it: refuting records first, then the newest.

    A newer record takes the place of one of the same Region with the same or fewer targets.

    Args:
        records: the oldest first.
    """
    found: dict[str, list[Settlement]] = {}
    for record in records:
        for id_, settlement in _settled(record):
            kept = [one for one in found.get(id_, []) if not _replaces(record, one.record)]
            found[id_] = [settlement, *kept]
    return {id_: sorted(ones, key=lambda one: one.verdict != "refuted") for id_, ones in found.items()}


def measured(records: Sequence[Record]) -> Sequence[MeasuredFigure]:
    """Return the newest measurement of each figure of a target in a Region.

    Args:
        records: the oldest first.
    """
    found = {
        (target, name, record.evidence.region): MeasuredFigure(target=target, name=name, value=value, record=record)
        for record in records
        for target, figures in record.evidence.measurements.items()
        for name, value in msgspec.to_builtins(figures).items()
    }
    return [found[key] for key in sorted(found, key=lambda key: (key[0], FIGURES.index(key[1]), key[2]))]


def _settled(record: Record) -> Iterator[tuple[str, Settlement]]:
    for id_, verdict in record.evidence.statements.items():
        if verdict != "not settled":
            yield id_, Settlement(verdict=verdict, record=record)


def _replaces(newer: Record, older: Record) -> bool:
    return newer.evidence.region == older.evidence.region and newer.targets >= older.targets
