"""The words that every part of the results shares."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a target, a check or the workflow; never only two."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One named thing that was asked.

    Attributes:
        name: what was asked, such as "wrong token refused".
        expected: what the answer had to be.
        got: what came back; "" when it was not run.
        reason: why it was not run; "" otherwise.
    """

    name: str
    outcome: Outcome
    expected: str
    got: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container, or one process standing in for it, as the engine described it.

    Attributes:
        name: the engine's name for it.
        user: user and group it runs as.
        read_only: whether its root file system is read-only; None for a process, which has none.
        memory_limit_mib: its memory limit in MiB; None without one.
        cpus: its CPU limit; None without one.
        memory_mib: resident memory in MiB when it was looked at; None when it did not run.
        status: "running" or "exited".
        exit_code: None while it runs.
    """

    name: str
    user: str
    read_only: bool | None
    memory_limit_mib: int | None
    cpus: float | None
    memory_mib: float | None
    status: str
    exit_code: int | None = None
