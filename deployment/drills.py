"""The drills of a run in an AWS account: what each does, and when it is passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Level = Literal["smoke", "full", "slow"]
LEVELS: tuple[Level, ...] = get_args(Level)
A_PERSON = "a person"
"""In the place of a drill: no drill can settle the statement."""


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill.

    Attributes:
        id: "D1" to "D10", in the order in which a run has them.
        does: the steps, as an imperative.
        passes: the condition under which it is passed.
        is_smoke: whether the level "smoke" has it, too. Default: False.
    """

    id: str
    does: str
    passes: str
    is_smoke: bool = False


DRILLS = (
    Drill(
        id="D1",
        does="deploy, run the contract checks and the workflow, look for logs, metrics and one trace",
        passes="all of them are found",
        is_smoke=True,
    ),
    Drill(id="D2", does="deploy the same again", passes="no change, no new event, no new deployment of the service"),
    Drill(id="D3", does="detect drift", passes="every stack is in sync", is_smoke=True),
    Drill(
        id="D4",
        does="update to a version that exits, under constant requests",
        passes="it is rolled back, and no request is lost",
    ),
    Drill(id="D5", does="deploy a first version that exits", passes="the deployment fails before its timeout"),
    Drill(
        id="D6",
        does="update to a version that responds with 503, under 10 requests/s",
        passes="the alarm goes off, and the rollback names it",
    ),
    Drill(id="D7", does="kill or suspend one replica or task", passes="it is replaced"),
    Drill(id="D8", does="send bounded load", passes="a scaling activity is successful"),
    Drill(
        id="D9",
        does="change each field of the spec under 5 requests/s, every fifth on a new connection",
        passes="every response is 200",
    ),
    Drill(
        id="D10",
        does="destroy, and look for remaining resources twice, an hour apart",
        passes="nothing of the inventory from before remains",
        is_smoke=True,
    ),
)
BY_ID = {drill.id: drill for drill in DRILLS}


def drills_of(level: Level) -> Sequence[Drill]:
    """Return the drills of a level, in order.

    "slow" has the drills of "full", and repeats some with a variant of the app: see `Statement.variant`.
    """
    return [drill for drill in DRILLS if drill.is_smoke or level != "smoke"]
