"""The state file of a run: everything that another process needs to continue the run, or to delete its stacks."""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from deployment.drills import Level
from deployment.errors import ActionableError
from deployment.paths import REPOSITORY
from deployment.results import Outcome
from sandbox.preflight.stack_collisions import TAG

RUNS = REPOSITORY / "build" / "sandbox"
"""Directory with one directory for each run."""
STATE_FILE = "state.json"
EXPIRES_TAG = "containers-on-aws:sandbox-expires"
"""Tag with the time after which `sweep` lists the run."""
_ID_CHARACTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 6

Phase = Literal["drills", "deletion", "ended"]
RunId = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]{4,8}$")]


class StackRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stack that the run has created.

    Attributes:
        name: the stack's name.
        id: its ID, which no later stack of the same name has.
        is_deleted: whether it is deleted. Default: False.
    """

    name: str
    id: str
    is_deleted: bool = False


class DrillRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The result of one drill on one target; see `sandbox.drill.DrillOutcome`.

    Attributes:
        drill: ID of the drill.
        target: ID of the target.
        outcome: passed, failed or not run.
        seconds: how long it took.
        reason: why it failed or was not run. Default: "".
        proven: IDs of statements that it has seen to be true. Default: none.
        refuted: IDs of statements that it has seen to be false. Default: none.
        measured: name of a figure -> figure that it measured. Default: none.
    """

    drill: str
    target: str
    outcome: Outcome
    seconds: float
    reason: str = ""
    proven: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()
    measured: dict[str, float] = {}


class RunState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run.

    Attributes:
        schema: version of the file's form.
        run: ID of the run.
        account: account ID.
        region: the Region.
        endpoint: URL of the endpoint in place of AWS; "" for AWS.
        profile: profile of the AWS credentials; None for the default one.
        level: the level of the drills.
        targets: IDs of the targets, in order.
        assembly: directory of the cloud assembly that is deployed first: that of the stage, if there is one.
        stage: construct path of the `cdk.Stage`; "" for the app itself.
        context: words of the CDK CLI with which it was synthesised: `-c NAME=VALUE`, repeated.
        names: names of all stacks that the run may create, in the order of deployment.
        stacks: the stacks that it has created.
        drills: results of the drills so far.
        phase: what the run does: drills, deletion, or nothing any more.
        started: when it started.
        limit: when the drills must end, so that the stacks are deleted.
        hours: limit of the duration that you set.
        ceiling_usd: limit of the cost that you set.
        versions: program or library -> version.
    """

    schema: Literal[1] = 1
    run: RunId
    account: str
    region: str
    endpoint: str = ""
    profile: str | None = None
    level: Level
    targets: tuple[str, ...]
    assembly: str
    stage: str = ""
    context: tuple[str, ...] = ()
    names: tuple[str, ...]
    stacks: tuple[StackRecord, ...] = ()
    drills: tuple[DrillRecord, ...] = ()
    phase: Phase = "drills"
    started: datetime
    limit: datetime
    hours: float
    ceiling_usd: float
    versions: dict[str, str] = {}

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every stack, the same in each deployment: another value would be an update of all resources."""
        return {TAG: self.run, EXPIRES_TAG: self.limit.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")}

    @property
    def existing(self) -> list[StackRecord]:
        """The stacks that are not deleted, in the order of deployment."""
        return sorted(
            (stack for stack in self.stacks if not stack.is_deleted), key=lambda stack: self.names.index(stack.name)
        )

    def result_of(self, drill: str, target: str) -> DrillRecord | None:
        """Return the result of a drill on a target; None before it has one."""
        return next((found for found in self.drills if (found.drill, found.target) == (drill, target)), None)

    def has_expired(self, now: datetime) -> bool:
        """Whether the limit has passed."""
        return now >= self.limit


class StateFile:
    """The state of a run and its file, which always has one whole state.

    Args:
        path: The file.
        state: What it contains.
    """

    def __init__(self, path: Path, state: RunState) -> None:
        self.path = path
        self.state = state

    @property
    def directory(self) -> Path:
        """The run's directory."""
        return self.path.parent

    def save(self, **changes: Any) -> None:
        """Replace fields of the state; they are on the disk when this returns."""
        self.state = msgspec.structs.replace(self.state, **changes)
        draft = self.path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self.state), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        _sync_directory(self.directory)

    def add_stack(self, name: str, stack_id: str) -> None:
        """Record a stack that the run has created, unless it is recorded."""
        if all(stack.id != stack_id for stack in self.state.stacks):
            self.save(stacks=(*self.state.stacks, StackRecord(name=name, id=stack_id)))

    def mark_deleted(self, stack_id: str) -> None:
        """Record that a stack is deleted."""
        self.save(
            stacks=tuple(
                msgspec.structs.replace(stack, is_deleted=True) if stack.id == stack_id else stack
                for stack in self.state.stacks
            )
        )

    def add_result(self, record: DrillRecord) -> None:
        """Record the result of a drill."""
        self.save(drills=(*self.state.drills, record))


def new_directory(runs: Path | None = None) -> Path:
    """Create the directory of a new run; its name is the ID, which no other run has."""
    while True:
        path = (runs or RUNS) / "".join(secrets.choice(_ID_CHARACTERS) for _ in range(_ID_LENGTH))
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        return path


def create(state: RunState, runs: Path | None = None) -> StateFile:
    """Write the first state of a run into its directory."""
    runs = runs or RUNS
    file = StateFile(runs / state.run / STATE_FILE, state)
    file.save()
    # The entries of the directories above must survive a power failure, too.
    for parent in (runs, runs.parent):
        _sync_directory(parent)
    return file


def read(run: str, runs: Path | None = None) -> StateFile:
    """Read the state of a run.

    Raises:
        ActionableError: there is no such run, or its file cannot be read.
    """
    path = (runs or RUNS) / run / STATE_FILE
    try:
        return StateFile(path, msgspec.json.decode(path.read_bytes(), type=RunState))
    except (FileNotFoundError, NotADirectoryError):
        known = ", ".join(file.state.run for file in read_all(runs)) or "none"
        raise ActionableError(
            f"there is no run {run!r}", f"runs with a state file: {known}", "python -m sandbox sweep lists them"
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise ActionableError(
            f"the state of the run {run!r} cannot be read",
            str(error),
            f"correct {path}; python -m sandbox sweep lists the stacks of the run",
        ) from error


def read_all(runs: Path | None = None) -> Sequence[StateFile]:
    """Read the states of all runs, the oldest first; files that cannot be read are left out."""
    found = []
    for path in (runs or RUNS).glob(f"*/{STATE_FILE}"):
        try:
            found.append(StateFile(path, msgspec.json.decode(path.read_bytes(), type=RunState)))
        except (OSError, msgspec.DecodeError):
            continue
    return sorted(found, key=lambda file: file.state.started)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
