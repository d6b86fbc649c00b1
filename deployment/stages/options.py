"""What a person may choose about a run."""

from dataclasses import dataclass

from deployment.assembly import Assembly
from deployment.contract.conversation import READY_WITHIN_S
from deployment.errors import ActionableError
from local_aws.environment import Settings


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a person may choose about a run.

    Attributes:
        synthesise: whether to synthesise first; otherwise `settings.assembly` is deployed as it is.
        targets: ids of the targets to call; empty means all of them.
        requests: how many requests p50 and p99 come from.
        patience_s: how long a target may take until it is ready, in seconds.
    """

    settings: Settings
    synthesise: bool = True
    targets: tuple[str, ...] = ()
    requests: int = 200
    patience_s: float = READY_WITHIN_S


def check_targets(names: tuple[str, ...], assembly: Assembly) -> None:
    """Refuse target ids that the app does not declare.

    Raises:
        ActionableError: names the value and the allowed ones.
    """
    for name in names:
        if name not in assembly.targets:
            known = ", ".join(assembly.targets)
            raise ActionableError(f"there is no target {name!r}", f"the app declares {known}", "name one of these")
