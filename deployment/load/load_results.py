"""Results of a load with faults: `load.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deployment.load.accounting import Account
from deployment.load.drain import DrainedTarget
from deployment.load.faults import InjectedFault
from deployment.result_files import read_results, write_results
from deployment.results import Engine, Outcome

SCHEMA = 1
FILE_NAME = "load.json"


@dataclass(frozen=True, kw_only=True)
class Load:
    """The requests of the clients.

    Attributes:
        planned: number of orders.
        mix: kind of order -> number of orders.
        requests: number of requests, repetitions included.
        errors: kind of error -> target -> number of requests without a decision of the service.
        p50_ms: median of the requests with a decision, in milliseconds; None without one.
        p99_ms: 99th percentile, in milliseconds; None without one.
        seconds: seconds from the first request until the last order was accepted.
    """

    planned: int
    mix: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    errors: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    p50_ms: float | None = None
    p99_ms: float | None = None
    seconds: float = 0.0

    @property
    def undecided(self) -> int:
        """Number of requests without a decision of the service."""
        return sum(sum(targets.values()) for targets in self.errors.values())


@dataclass(frozen=True, kw_only=True)
class LoadResults:
    """Results of a load with faults.

    Attributes:
        environment: name of the environment.
        started_at: ISO 8601, UTC.
        engine: what ran the containers.
        host: processors, memory and system.
        targets: IDs of the targets that received orders.
        load: the requests.
        account: the account of the orders.
        faults: the faults.
        drained: the targets whose replicas were stopped with SIGTERM.
        restarts_by_reconciler: orders that the reconciler started again.
        seconds: how long everything took.
    """

    environment: str
    started_at: str
    engine: Engine
    host: str
    targets: Sequence[str]
    load: Load
    account: Account = field(default_factory=Account)
    faults: Sequence[InjectedFault] = ()
    drained: Sequence[DrainedTarget] = ()
    restarts_by_reconciler: int = 0
    seconds: float = 0.0
    schema: int = SCHEMA

    def problems(self) -> list[tuple[str, str]]:
        """Return everything that must not happen: a message and a cause each."""
        found = [(f"{finding.kind}: {finding.subject}", finding.text) for finding in self.account.findings]
        if not self.account.accepted:
            found.append(("no order was accepted", "the targets did not respond"))
        for fault in self.faults:
            if fault.error:
                found.append((f"{fault.name} was not injected", fault.error))
            elif not fault.hits:
                found.append((f"{fault.name} hit nothing", f"it was injected {fault.injected} times"))
        failed = [target for target in self.drained if target.outcome is Outcome.FAILED]
        return found + [(f"SIGTERM to {target.target}: {target.reason}", target.cause) for target in failed]

    def failed(self) -> bool:
        """Return whether anything happened that must not."""
        return bool(self.problems())


def write(results: LoadResults, directory: Path) -> Path:
    """Write `load.json` atomically, and return its path."""
    return write_results(results, directory / FILE_NAME)


def read(path: Path) -> LoadResults:
    """Read `load.json`.

    Raises:
        ActionableError: it does not exist, or another version wrote it.
    """
    return read_results(path, LoadResults, missing="no load was run yet", fix="run a load again")
