"""Deployment of a version of the app in a run: only its own stacks, with the same tags each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from deployment import account_deploy, cdk, stack_events
from deployment.errors import ActionableError
from deployment.preflight.account import AWS_ERRORS
from deployment.stack_events import DeployEvent
from sandbox import own_stacks
from sandbox.deletion import Deletion
from sandbox.drill import DeployResult
from sandbox.environment import AccountEnvironment
from sandbox.run_limit import Clock
from sandbox.state import StateFile

_VERSION = "version"
# A stack in one of these states cannot be updated.
_UNUSABLE = frozenset(
    {
        "CREATE_FAILED",
        "DELETE_FAILED",
        "REVIEW_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_FAILED",
    }
)


@dataclass(frozen=True, kw_only=True)
class VersionDeployer:
    """Deploys versions of the app to one target.

    Attributes:
        environment: the account.
        file: the state file of the run.
        clock: the time; its limit ends the CDK CLI.
        target_stack: name of the target's own stack.
        names: names of the stacks of the target, in the order of deployment.
        report: shows what is waited for.
        inherited_files: file descriptors that the CDK CLI keeps open. Default: none.
    """

    environment: AccountEnvironment
    file: StateFile
    clock: Clock
    target_stack: str
    names: Sequence[str]
    report: Callable[[str], None]
    inherited_files: Sequence[int] = ()

    @property
    def _cloudformation(self) -> Any:
        return self.environment.client("cloudformation")

    def deploy(self, *context: str) -> DeployResult:
        """Deploy a version.

        Without context values, it is the first version with all of its stacks. With some, it is the target's own stack
        alone: the others keep their version.

        Args:
            *context: Context values as "NAME=VALUE", in addition to those of the run.

        Raises:
            ActionableError: the app does not synthesise, the CDK CLI fails before it changes a stack, or a stack has
                the name of one of the run and does not belong to it.
        """
        environment, names = self.environment, list(self.names)
        if context:
            state = self.file.state
            words = [word for value in context for word in ("-c", value)]
            directory = self.file.directory / _VERSION
            self.report("synthesising")
            assembly = account_deploy.synth([*state.context, *words], state.stage, directory=directory, validate=False)
            environment, names = replace(environment, assembly=assembly.path), [self.target_stack]
        return self._deploy(environment, names)

    def _deploy(self, environment: AccountEnvironment, names: Sequence[str]) -> DeployResult:
        cloudformation = self._cloudformation
        self._prepare(cloudformation, names)
        before = {name: self._newest_event(cloudformation, name) for name in names}
        # On the disk before the first change: what the run is about to create.
        self.file.save()
        began, failure = self.clock.now(), None
        try:
            cdk.deploy(
                environment,
                self._show,
                [word for name, value in self.file.state.tags.items() for word in ("--tags", f"{name}={value}")],
                stacks=names,
                on_tick=_Recorder(cloudformation, self.file, names, self.clock, environment.timeouts.poll_s),
                inherited_files=self.inherited_files,
            )
        except ActionableError as error:
            failure = error
        own_stacks.record(cloudformation, self.file, names)
        # A CLI that lost its connection leaves stacks that still change.
        self._deletion(cloudformation).settle(names)
        is_no_op = all(self._newest_event(cloudformation, name) == event for name, event in before.items())
        if failure and is_no_op:
            raise failure
        found = own_stacks.find(cloudformation, self.target_stack)
        return DeployResult(
            status=found.status if found else "",
            seconds=self.clock.now() - began,
            reason=(failure.cause or failure.message) if failure else "",
            is_no_op=is_no_op,
        )

    def _prepare(self, cloudformation: Any, names: Sequence[str]) -> None:
        """Wait until no stack changes any more, and delete those that cannot be updated.

        Raises:
            ActionableError: a stack belongs to others, or cannot be deleted.
        """
        self.clock.check()
        own_stacks.record(cloudformation, self.file, names)
        own_stacks.require_no_collision(cloudformation, self.file, names)
        deletion = self._deletion(cloudformation)
        deletion.settle(names)
        found = {name: own_stacks.find(cloudformation, name) for name in names}
        unusable = [name for name, stack in found.items() if stack and stack.status in _UNUSABLE]
        if remaining := deletion.delete(unusable) if unusable else []:
            raise ActionableError(
                f"the stack {remaining[0].name} can neither be updated nor deleted",
                remaining[0].reason,
                remaining[0].fix,
            )

    def _deletion(self, cloudformation: Any) -> Deletion:
        return Deletion(cloudformation, self.file, self.report, self.clock)

    def _show(self, event: DeployEvent) -> None:
        if event.state == "image":
            self.report(f"image: {event.text}")
        else:
            self.report(f"{event.stack}: {event.resources_done}/{event.resources_total} {event.text}".rstrip())

    @staticmethod
    def _newest_event(cloudformation: Any, name: str) -> str:
        with suppress(ClientError, BotoCoreError):  # not created yet
            return next((str(event["EventId"]) for event in stack_events.read(cloudformation, name)), "")
        return ""


class _Recorder:
    """Writes the IDs of new stacks into the state file while the CDK CLI creates them; called every second."""

    def __init__(self, cloudformation: Any, file: StateFile, names: Sequence[str], clock: Clock, poll_s: float) -> None:
        self._cloudformation = cloudformation
        self._file = file
        self._names = names
        self._clock = clock
        self._poll_s = poll_s
        self._next = clock.now()

    def __call__(self) -> None:
        """Record, unless that was less than a poll ago; raise `LimitReached` at the limit of the run."""
        self._clock.check()
        known = {stack.name for stack in self._file.state.existing}
        new = [name for name in self._names if name not in known]
        if new and self._clock.now() >= self._next:
            self._next = self._clock.now() + self._poll_s
            # The CLI fails by itself if AWS rejects requests; what is missed here is recorded afterwards.
            with suppress(*AWS_ERRORS):
                own_stacks.record(self._cloudformation, self._file, new)
