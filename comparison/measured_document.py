"""The table of the figures that contributed runs measured on AWS, beside those of the local run."""

from __future__ import annotations

from collections.abc import Mapping

from comparison.document import Cell, Column, Table, cells, texts
from comparison.facts import Facts, LocalRun
from comparison.facts.contributed import MeasuredFigure, measured
from comparison.formats import markdown
from deployment.console import milliseconds, seconds
from deployment.results import Outcome

MEASURED_ON_AWS = "Measured on AWS"
NOTE = (
    "The newest contributed record of each Region; docs/evidence has them. The local run has no network between "
    "replica and caller, and no instance that boots: its figures say nothing about those of AWS."
)
NOT_MEASURED = "No run in an AWS account has contributed measurements yet."
LABELS: Mapping[str, str] = {
    "deploy_s": "deployment",
    "healthy_s": "first response after",
    "cold_start_s": "cold start",
    "p50_ms": "p50",
    "p99_ms": "p99",
    "rollback_s": "rollback",
    "delete_s": "deletion",
}
"""Field of `Measurements` -> its label."""


def measured_table(facts: Facts) -> Table:
    """Build the table with a row for each figure of a target that a run on AWS measured; it may be empty."""
    found = measured(facts.records)
    return Table(
        "measured-on-aws",
        columns=[
            *texts("target", "figure", "measured on AWS"),
            Column("measured here", is_measured=True),
        ],
        rows=[
            (
                Cell(target.id, is_code=True),
                *cells(LABELS[one.name], _on_aws(one), _here(one.name, target.local_run)),
            )
            for target in facts.targets
            for one in found
            if one.target == target.id
        ],
        note=NOTE,
    )


def measured_text(facts: Facts) -> str:
    """Render the figures that runs on AWS measured, without those of the local run, as Markdown."""
    table = measured_table(facts)
    if not table.rows:
        return NOT_MEASURED
    return markdown.table(table.select([number for number, each in enumerate(table.columns) if not each.is_measured]))


def figure(name: str, value: float) -> str:
    """Return a figure with its unit.

    Args:
        name: field of `Measurements`.
        value: its value.
    """
    return milliseconds(value) if name.endswith("_ms") else seconds(value)


def _on_aws(one: MeasuredFigure) -> str:
    return f"{figure(one.name, one.value)} ({one.record.place_and_date})"


def _here(name: str, run: LocalRun | None) -> str:
    value = getattr(run, name, None) if run and run.outcome == Outcome.PASSED else None
    return "–" if value is None else figure(name, value)
