"""Deletion of the stacks of a run: those in its state file that carry its tag, by ID, the last one first.

Nothing is deleted by name, by prefix, or by tag alone, and no resource is kept: a stack that cannot be deleted is
returned with the reason, and with the command that helps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)

from deployment import stack_events
from sandbox import own_stacks
from sandbox.own_stacks import FoundStack
from sandbox.run_limit import Clock
from sandbox.state import StackRecord, StateFile

PERMISSIONS = (
    "cloudformation:CancelUpdateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
)
POLL_S = 5.0
STALLED_S = 3600.0
"""Seconds that a stack may have no new event: custom resources and network interfaces of Lambda take up to an hour."""
_ATTEMPTS = 2
# Until the status says that the deletion has begun.
_BEGIN_S = 1.0
_BUSY = ("Throttling", "RequestLimitExceeded", "ServiceUnavailable", "InternalFailure")

Step = Literal["gone", "not ours", "cancel the update", "wait", "delete"]


@dataclass(frozen=True, kw_only=True)
class Remaining:
    """A stack of the state file that is not deleted.

    Attributes:
        name: the stack's name.
        id: its ID.
        reason: why it is not deleted.
        fix: the command that helps.
    """

    name: str
    id: str
    reason: str
    fix: str


def next_step(found: FoundStack | None, run: str) -> Step:
    """Return what to do with a stack of the state file.

    Args:
        found: the stack as CloudFormation describes it by its ID; None if it does not exist.
        run: ID of the run.
    """
    if found is None or found.status == "DELETE_COMPLETE":
        return "gone"
    if found.run != run:
        return "not ours"
    if found.status == "UPDATE_IN_PROGRESS":
        return "cancel the update"
    # A stack can be deleted while it is created, but not while it is updated or rolled back.
    if found.is_in_progress and found.status != "CREATE_IN_PROGRESS":
        return "wait"
    return "delete"


class Deletion:
    """Deletes stacks of a run.

    Args:
        cloudformation: A CloudFormation client.
        file: The state file of the run.
        report: Shows what is waited for.
        clock: The time.
    """

    def __init__(self, cloudformation: Any, file: StateFile, report: Callable[[str], None], clock: Clock) -> None:
        self._cloudformation = cloudformation
        self._file = file
        self._report = report
        self._clock = clock

    def delete(self, names: Collection[str] = ()) -> list[Remaining]:
        """Delete stacks in the reverse order of their deployment, and wait until they are deleted.

        Each one is recorded in the state file when it is. The first one that cannot be deleted ends it, because
        the stacks before it have what it uses; these are returned, too.

        Args:
            names: Names of the stacks. Default: all of the run.
        """
        chosen = [stack for stack in self._file.state.existing if not names or stack.name in names]
        while chosen:
            remaining = self._delete(chosen[-1])
            if remaining:
                kept = f"{remaining.name} may still use it"
                return [remaining, *(_remaining(stack, kept) for stack in reversed(chosen[:-1]))]
            chosen.pop()
        return []

    def settle(self, names: Collection[str] = ()) -> None:
        """Wait until CloudFormation changes no stack of the run.

        Args:
            names: Names of the stacks. Default: all of the run.
        """
        for stack in self._file.state.existing:
            if not names or stack.name in names:
                self._wait(stack, lambda found: found is None or not found.is_in_progress)

    def _delete(self, stack: StackRecord) -> Remaining | None:
        """Delete one stack; return why it is not deleted, or None."""
        attempts = 0
        is_cancelled = False
        while True:
            found = self._find(stack)
            step = next_step(found, self._file.state.run)
            if step == "gone":
                self._file.mark_deleted(stack.id)
                return None
            if step == "not ours" or found is None:
                return _remaining(stack, "it no longer has the tag of the run")
            if step == "cancel the update":
                if not is_cancelled:
                    self._cancel(stack)
                is_cancelled = True
                settled = self._wait(stack, lambda now: now is None or now.status != "UPDATE_IN_PROGRESS")
            elif step == "wait":
                settled = self._wait(stack, lambda now: now is None or not now.is_in_progress)
            elif attempts == _ATTEMPTS:
                return _remaining(stack, self._failure(stack) or f"its status is {found.status}")
            else:
                attempts += 1
                self._report(f"{stack.name}: DeleteStack")
                self._cloudformation.delete_stack(StackName=stack.id)
                self._clock.sleep(_BEGIN_S)
                settled = self._wait(stack, lambda now: now is None or not now.is_in_progress)
            if not settled:
                return _remaining(stack, f"no event for {STALLED_S / 60:.0f} minutes")

    def _cancel(self, stack: StackRecord) -> None:
        self._report(f"{stack.name}: CancelUpdateStack")
        try:
            self._cloudformation.cancel_update_stack(StackName=stack.id)
        except ClientError as error:
            # The update has ended meanwhile, or is past the point at which it can be cancelled.
            if error.response["Error"]["Code"] != "ValidationError":
                raise

    def _wait(self, stack: StackRecord, is_done: Callable[[FoundStack | None], bool]) -> bool:
        """Wait as long as the stack has new events; return whether it is done."""
        last_event, changed = "", self._clock.now()
        while not is_done(found := self._find(stack)):
            newest = self._newest_event(stack)
            if newest.get("EventId", "") != last_event:
                last_event, changed = newest.get("EventId", ""), self._clock.now()
            elif self._clock.now() - changed > STALLED_S:
                return False
            status = found.status if found else ""
            self._report(f"{stack.name}: {status.lower().replace('_', ' ')}, {_shown(newest)}".rstrip(", "))
            self._clock.sleep(POLL_S)
        return True

    def _find(self, stack: StackRecord) -> FoundStack | None:
        """Describe a stack by its ID; wait while AWS cannot be reached."""
        began = self._clock.now()
        while True:
            try:
                return own_stacks.find(self._cloudformation, stack.id)
            except (NoConnection, HTTPClientError):
                if self._clock.now() - began > STALLED_S:
                    raise
                self._report(f"{stack.name}: AWS cannot be reached, trying again")
            except ClientError as error:
                if error.response["Error"]["Code"] not in _BUSY or self._clock.now() - began > STALLED_S:
                    raise
                self._report(f"{stack.name}: too many requests, trying again")
            self._clock.sleep(POLL_S)

    def _newest_event(self, stack: StackRecord) -> dict[str, Any]:
        try:
            return dict(next(iter(stack_events.read(self._cloudformation, stack.id)), {}))
        except (ClientError, BotoCoreError):
            return {}

    def _failure(self, stack: StackRecord) -> str:
        """Return why the last operation of a stack failed; "" where no event says it."""
        try:
            events = stack_events.last_operation(stack_events.read(self._cloudformation, stack.id))
        except (ClientError, BotoCoreError):
            return ""
        failed = stack_events.failures(events)
        return f"{failed[0]['LogicalResourceId']}: {stack_events.reason(failed[0])}" if failed else ""


def _remaining(stack: StackRecord, reason: str) -> Remaining:
    fix = f"aws cloudformation describe-stack-events --stack-name {stack.name}"
    return Remaining(name=stack.name, id=stack.id, reason=reason, fix=fix)


def _shown(event: dict[str, Any]) -> str:
    return str(event.get("LogicalResourceId", ""))
