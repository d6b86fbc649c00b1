"""What became of the other targets when one was killed."""

from dataclasses import dataclass

from .outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class IsolationResult:
    """Everything that ran for one target was killed at once, while all others were asked.

    Attributes:
        target: the one that was killed; "" when none could be.
        killed: how many containers or processes it had.
        others: how many other targets were asked meanwhile.
        answered: how many of them gave the right answer to every question.
        back_s: seconds until the killed one answered again, with as many containers as before; None: it never did.
    """

    outcome: Outcome
    reason: str = ""
    cause: str = ""
    fix: str = ""
    target: str = ""
    killed: int = 0
    others: int = 0
    answered: int = 0
    back_s: float | None = None
