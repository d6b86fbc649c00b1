"""What a rule answers."""

from collections.abc import Callable
from dataclasses import dataclass

from copilot_import.findings import Outcome
from copilot_import.manifest import Manifest
from copilot_import.tree import Node


@dataclass(frozen=True)
class Answer:
    """What becomes of a field, and what to do about it; see `Finding`."""

    outcome: Outcome
    becomes: str = ""
    advice: str = ""


# Most fields share one answer; some depend on what they hold.
Rule = Answer | Callable[[Manifest, Node], Answer]


def same(becomes: str, advice: str = "") -> Answer:
    """Something else here does it."""
    return Answer(Outcome.ELSEWHERE, becomes, advice)


def nothing(advice: str) -> Answer:
    """Nothing here does it."""
    return Answer(Outcome.NOTHING, "", advice)
