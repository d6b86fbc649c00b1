"""Statements that a drill settles: each is a pure function of what the drill has seen.

A drill proves only what it looked at: where it saw nothing, a statement is neither proven nor refuted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from comparison.facts.unverified import Statement, read_unverified
from deployment.results import Outcome
from deployment.target_ids import documented_targets
from sandbox.drill import DrillOutcome

Facts = TypeVar("Facts")
Observers = Mapping[str, Callable[[Facts], bool | None]]
"""ID of a statement -> whether the facts show that it is true; None if they show neither."""


def statements_of(drill: str, target: str) -> list[Statement]:
    """Return the statements that a drill settles on a target without a variant of the app, alone or with others."""
    return [
        one
        for one in read_unverified(documented_targets())
        if drill in one.drills and not one.variant and one.target in ("all", "workflow", target)
    ]


def observed(
    drill: str, target: str, outcome: Outcome, reason: str, observers: Observers[Facts], facts: Facts
) -> DrillOutcome:
    """Return the outcome of a drill with the statements that its facts settle.

    Args:
        drill: ID of the drill.
        target: ID of the target.
        outcome: passed, failed or not run.
        reason: why it is not passed.
        observers: what each statement follows from.
        facts: what the drill has seen.
    """
    verdicts = {one.id: observers[one.id](facts) for one in statements_of(drill, target) if one.id in observers}
    return DrillOutcome(
        outcome=outcome,
        reason=reason,
        proven=tuple(name for name, verdict in verdicts.items() if verdict is True),
        refuted=tuple(name for name, verdict in verdicts.items() if verdict is False),
    )
