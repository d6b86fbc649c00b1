"""Results of changes of a running service: `updates.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deployment.prober import Loss
from deployment.result_files import Count, Quantity, read_results, write_results
from deployment.results import Engine, Outcome, StepResult

SCHEMA = 1
FILE_NAME = "updates.json"


@dataclass(frozen=True, kw_only=True)
class TargetUpdate(StepResult):
    """One change on one target.

    Attributes:
        template_changed: whether the change altered the target's stack; without it, the update has nothing to do.
        requests: requests that were sent from the start of the deployment until the target was quiet again.
        lost: requests that were lost: no response within 5 s, a broken connection, or a status of 500 or more.
        slowest_ms: the slowest response that was not lost, in milliseconds; None without one.
        losses: the lost requests by reason; times count from the start of the deployment.
        new_replicas: containers that run now and did not before; None where containers cannot be inspected.
        deploy_s: seconds that CloudFormation took for the stack; None if it was not updated.
        rolled_back: whether CloudFormation rolled the stack back.
    """

    template_changed: bool = False
    requests: Count = 0
    lost: Count = 0
    slowest_ms: Quantity | None = None
    losses: tuple[Loss, ...] = ()
    new_replicas: int | None = None
    deploy_s: Quantity | None = None
    rolled_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Update:
    """One change on every target.

    Attributes:
        change: the change's name, such as "port".
        value: the new value.
        targets: target ID -> what happened.
        seconds: how long it took, from synthesis until all targets were quiet.
    """

    change: str
    value: str
    targets: Mapping[str, TargetUpdate]
    seconds: Quantity = 0.0

    def failed(self) -> list[str]:
        """Return the targets that lost a request or were not updated."""
        return [name for name, target in self.targets.items() if target.outcome is Outcome.FAILED]

    @property
    def requests(self) -> int:
        """Requests to all targets."""
        return sum(target.requests for target in self.targets.values())

    @property
    def lost(self) -> int:
        """Lost requests to all targets."""
        return sum(target.lost for target in self.targets.values())


@dataclass(frozen=True, kw_only=True)
class UpdateResults:
    """Results of all changes: `updates.json`.

    Attributes:
        environment: name of the environment.
        started_at: ISO 8601, UTC.
        engine: what ran the containers.
        updates: in the order of execution.
        seconds: how long everything took.
    """

    environment: str
    started_at: str
    engine: Engine
    updates: Sequence[Update] = field(default_factory=list)
    seconds: Quantity = 0.0
    schema: int = SCHEMA

    def failed(self) -> bool:
        """Return whether a request was lost or a change was not deployed."""
        return any(update.failed() for update in self.updates)


def write(results: UpdateResults, directory: Path) -> Path:
    """Write `updates.json` atomically, and return its path."""
    return write_results(results, directory / FILE_NAME)


def read(directory: Path) -> UpdateResults:
    """Read `updates.json`.

    Raises:
        ActionableError: there is none, or another version wrote it.
    """
    path = directory / FILE_NAME
    return read_results(path, UpdateResults, missing="no change was executed yet", fix="execute the changes again")
