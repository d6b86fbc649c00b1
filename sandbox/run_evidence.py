"""The evidence of a run: what its drills have settled, in a form that can be published."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from comparison.facts.evidence import MAX_REASON, MAX_TEXT, DrillResult, Evidence, Measurements, Source, Verdict
from comparison.facts.identifying_text import redacted
from comparison.facts.unverified import Statement
from deployment.drills import Level
from deployment.results import Outcome
from sandbox.drill import DrillOutcome

# More than a run can take; a float with more digits could look like an account ID.
_MAX_SECONDS = 1e7


@dataclass(frozen=True, kw_only=True)
class FinishedDrill:
    """A drill of a run, on one target.

    Attributes:
        drill: ID of the drill.
        target: ID of the target.
        outcome: its outcome.
        seconds: how long it took.
    """

    drill: str
    target: str
    outcome: DrillOutcome
    seconds: float


def made_against(endpoint: str) -> Source:
    """Return what a run is made against.

    Args:
        endpoint: URL of the AWS endpoint; "" for AWS's own endpoints.
    """
    return "the emulator" if endpoint else "AWS"


def evidence_of(
    finished: Sequence[FinishedDrill],
    statements: Sequence[Statement],
    *,
    run: str,
    source: Source,
    started: date,
    region: str,
    level: Level,
    versions: Mapping[str, str],
) -> Evidence:
    """Return the evidence of a run; it never raises an error, because the run is over.

    A statement is in it if a run with this level and these targets can settle it, or if a drill has refuted it.

    Args:
        finished: the drills of the run, in order.
        statements: all statements.
        run: ID of the run.
        source: see `made_against`.
        started: day on which the run started, in UTC.
        region: the Region.
        level: the level of the drills.
        versions: program or library -> version.
    """
    targets = list(dict.fromkeys(one.target for one in finished))
    verdicts = {one.id: _verdict(one, finished, level) for one in statements}
    possible = {one.id for one in statements if one.is_settled_by(level, targets)}
    return Evidence(
        schema=1,
        run=run,
        made_against=source,
        date=started.isoformat(),
        region=region,
        level=level,
        versions={redacted(name, MAX_TEXT): redacted(version, MAX_TEXT) or "–" for name, version in versions.items()},
        drills=[_result(one) for one in finished],
        statements={
            id_: verdict if source == "AWS" else "not settled"
            for id_, verdict in verdicts.items()
            if id_ in possible or verdict != "not settled"
        },
        measurements={target: found for target in targets if (found := _measurements(target, finished))},
    )


def _verdict(statement: Statement, finished: Sequence[FinishedDrill], level: Level) -> Verdict:
    # What was not run has seen nothing, and a variant of the app exists in the level "slow" alone.
    seen = [one for one in finished if one.outcome.outcome is not Outcome.NOT_RUN]
    if statement.variant and level != "slow":
        return "not settled"
    if any(statement.id in one.outcome.refuted for one in seen):
        return "refuted"
    proven_by = {one.drill for one in seen if statement.id in one.outcome.proven}
    return "proven" if statement.drills and proven_by.issuperset(statement.drills) else "not settled"


def _result(one: FinishedDrill) -> DrillResult:
    return DrillResult(
        drill=one.drill,
        target=one.target,
        outcome=one.outcome.outcome.value,
        seconds=rounded(one.seconds),
        reason=redacted(one.outcome.reason, MAX_REASON),
    )


def _measurements(target: str, finished: Sequence[FinishedDrill]) -> Measurements | None:
    """The figures of a target, each from the first drill that measured it; None if there is none."""
    figures: dict[str, float] = {}
    for one in finished:
        if one.target == target:
            figures = {
                name: rounded(value) for name, value in one.outcome.measured.items() if math.isfinite(value)
            } | figures
    known = {name: value for name, value in figures.items() if name in Measurements.__struct_fields__}
    return Measurements(**known) if known else None


def rounded(value: float) -> float:
    """Return seconds or milliseconds with one decimal; 0 for what is no duration."""
    return round(min(max(value, 0.0), _MAX_SECONDS), 1) if math.isfinite(value) else 0.0
