"""What became of one field of a manifest."""

import enum
from dataclasses import dataclass


class Outcome(enum.StrEnum):
    """Where a field goes."""

    SPEC = "spec"
    CHANGED = "changed"
    ELSEWHERE = "elsewhere"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One field, or one group of fields that share their fate.

    Attributes:
        field: its dotted name in the manifest.
        line: where it stands, from 1; 0 for what the manifest does not say.
        value: what it says, on one line.
        outcome: `spec`: taken over as it is; `changed`: taken over, but not as it is; `elsewhere`: something else here
            does it; `nothing`: nothing here does; `unknown`: Copilot does not know such a field and ignored it.
        becomes: what it is called here; empty where nothing is.
        advice: what to do about it, or why there is nothing; empty where all is done.
    """

    field: str
    line: int
    value: str
    outcome: Outcome
    becomes: str = ""
    advice: str = ""
