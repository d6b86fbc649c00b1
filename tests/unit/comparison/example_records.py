"""Invented records of runs on AWS. They are test data, which their run and their versions say."""

from pathlib import Path
from typing import Any

from comparison.facts.evidence import DrillResult, Evidence, Measurements, as_text

RUN = "testdata"


def record(
    directory: Path,
    *,
    date: str = "2026-12-03",
    region: str = "us-east-1",
    targets: tuple[str, ...] = ("lambda",),
    statements: dict[str, Any] | None = None,
    measurements: dict[str, Measurements] | None = None,
    run: str = RUN,
    source: Any = "AWS",
) -> Path:
    """Write a record with the drill D1 of each target, and return its file."""
    found = Evidence(
        schema=1,
        run=run,
        made_against=source,
        date=date,
        region=region,
        level="smoke",
        versions={"invented": "test data"},
        drills=[DrillResult(drill="D1", target=target, outcome="passed", seconds=214.0) for target in targets],
        statements=statements or {},
        measurements=measurements or {},
    )
    path = directory / found.file_name
    path.write_text(as_text(found))
    return path
