"""The interface of a drill: what it gets from a run, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from deployment.environment import Environment
from deployment.results import Outcome

_COMPLETE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


@dataclass(frozen=True, kw_only=True)
class DeployResult:
    """The result of one deployment of the target's stack; a failed deployment raises nothing.

    Attributes:
        status: status of the stack afterwards, such as "UPDATE_ROLLBACK_COMPLETE".
        seconds: how long it took.
        reason: the first failure that CloudFormation names. Default: "".
        is_no_op: whether no stack had a new event. Default: False.
    """

    status: str
    seconds: float
    reason: str = ""
    is_no_op: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the new version is deployed."""
        return self.status in _COMPLETE


class Redeploy(Protocol):
    """Synthesises the app with more context values and deploys it with the tags of the run."""

    def __call__(self, *context: str) -> DeployResult:
        """Deploy.

        Args:
            *context: context values as "NAME=VALUE". Default: none, the version that the run deployed first.

        Raises:
            ActionableError: the app does not synthesise, or the CDK CLI cannot start.
        """


@dataclass(frozen=True, kw_only=True)
class DrillContext:
    """The run, as a drill sees it.

    Attributes:
        run: ID of the run.
        environment: the account, or the emulator in its place.
        target: ID of the target.
        stack: name of the target's own stack.
        stacks: name -> ID of each stack that the run has deployed so far.
        redeploy: deploys another version.
        delete_target: deletes the target's own stack and waits until it is deleted.
        delete_all: deletes all stacks of the run, in reverse order, and waits until they are deleted.
        report: shows one line of progress: what the drill waits for.
        now: seconds of a monotonic clock.
        sleep: waits for seconds; raises KeyboardInterrupt or an expired limit of the run.
    """

    run: str
    environment: Environment
    target: str
    stack: str
    stacks: Mapping[str, str]
    redeploy: Redeploy
    delete_target: Callable[[], None]
    delete_all: Callable[[], None]
    report: Callable[[str], None]
    now: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, kw_only=True)
class DrillOutcome:
    """The outcome of one drill on one target.

    Attributes:
        outcome: passed, failed or not run.
        reason: why it failed or was not run; text that may be published, without names of the account. Default: "".
        proven: IDs of statements that the drill has seen to be true. Default: none.
        refuted: IDs of statements that it has seen to be false. Default: none.
        measured: field of `comparison.facts.evidence.Measurements` -> its figure. Default: none.
    """

    outcome: Outcome
    reason: str = ""
    proven: Sequence[str] = ()
    refuted: Sequence[str] = ()
    measured: Mapping[str, float] = field(default_factory=dict)


RunDrill = Callable[[DrillContext], DrillOutcome]
"""Runs one drill, and deploys the first version again; an ActionableError becomes a failed outcome."""
