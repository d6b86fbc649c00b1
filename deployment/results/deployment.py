"""What became of the deployment as a whole."""

from dataclasses import dataclass

from .outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class DeploymentResult:
    """The run of the CDK CLI.

    Attributes:
        reason: one line: what failed; "" when everything was deployed.
        why: what is known about the cause.
        cure: the next command or change.
    """

    outcome: Outcome
    reason: str = ""
    cause: str = ""
    fix: str = ""
