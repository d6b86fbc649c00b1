"""A run: deploy each target, run its drills, and delete every stack at the end, however the run ends."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deployment.assembly import Assembly
from deployment.console import Progress, Step, plural
from deployment.drills import Drill, drills_of
from deployment.errors import ActionableError
from deployment.preflight import Plan
from deployment.preflight.account import AWS_ERRORS, error_code
from deployment.results import Outcome
from sandbox import own_stacks, remaining_resources
from sandbox.deletion import Deletion, Remaining
from sandbox.drill import DeployResult, DrillContext, DrillOutcome, RunDrill
from sandbox.environment import AccountEnvironment
from sandbox.inventory import Inventory
from sandbox.run_limit import Clock, CredentialsExpired, LimitReached, is_expired
from sandbox.run_plan import stacks_of_target
from sandbox.state import DrillRecord, RunState, StateFile
from sandbox.version_deployer import VersionDeployer

INTERRUPTED = "the run was interrupted"
ENDED_BY_ERROR = "the run ended with an error"
LIMIT_PASSED = "the limit of the run had passed"
NOT_DEPLOYED = "the first version was not deployed"
# The drills that need no running service: the one that deploys it, and the one that destroys it.
_DEPLOYS, _DESTROYS = "D1", "D10"


@dataclass(frozen=True, kw_only=True)
class SandboxRun:
    """A run in its process.

    Attributes:
        file: its state file.
        environment: the account.
        progress: shows the steps.
        clock: the time, with the limit of the run.
        drills: ID of a drill -> the function that runs it.
        inherited_files: file descriptors that the CDK CLI keeps open. Default: none.
    """

    file: StateFile
    environment: AccountEnvironment
    progress: Progress
    clock: Clock
    drills: Mapping[str, RunDrill]
    inherited_files: Sequence[int] = ()

    @property
    def _state(self) -> RunState:
        return self.file.state

    def execute(self) -> list[Remaining]:
        """Run the drills that have no result yet, then delete all stacks; return those that are not deleted.

        The first Ctrl-C and the limit of the run end the drills; a second Ctrl-C ends the deletion.

        Raises:
            CredentialsExpired: nothing can be deleted before you sign in again.
            KeyboardInterrupt: the deletion was interrupted.
            ActionableError: the app cannot be deployed; the stacks are deleted.
        """
        failure: Exception | None = None
        try:
            if self._state.phase == "drills":
                self._run_drills()
        except KeyboardInterrupt:
            self._give_up(INTERRUPTED)
        except LimitReached:
            self._give_up(LIMIT_PASSED)
        except Exception as error:
            failure = error
            self._give_up(ENDED_BY_ERROR)
        remaining = self.delete()
        if failure:
            raise failure
        return remaining

    def destroy(self) -> list[Remaining]:
        """Run no more drills, and delete all stacks; see `delete`."""
        if self._state.phase != "ended":
            self._give_up(INTERRUPTED)
        return self.delete()

    def delete(self) -> list[Remaining]:
        """Delete all stacks of the run, without a limit; return those that are not deleted.

        Raises:
            CredentialsExpired: nothing can be deleted before you sign in again.
        """
        self.clock.limit = None
        if self._state.phase == "drills":
            self.file.save(phase="deletion")
        before = self._inventory()
        remaining = self._delete_all("all stacks")
        if not remaining:
            self.file.save(phase="ended")
            if before.stacks:
                with self.progress.step("search", "remaining", "resources without a stack"), _expired_credentials():
                    remaining_resources.search(self.environment, before)
        return remaining

    def _inventory(self) -> Inventory:
        """List what the stacks contain, unless the last drill has done so and deleted them."""
        with _expired_credentials():
            own_stacks.record(self.environment.client("cloudformation"), self.file)
        stacks = {stack.name: stack.id for stack in self._state.existing}
        if not stacks:
            return Inventory(stacks={}, resources=(), log_groups=())
        with self.progress.step("inventory", plural(len(stacks), "stack")), _expired_credentials():
            return remaining_resources.take_inventory(self.environment, stacks)

    def _delete_all(self, what: str) -> list[Remaining]:
        with self.progress.step("delete", "deleting", what) as step, _expired_credentials():
            cloudformation = self.environment.client("cloudformation")
            own_stacks.record(cloudformation, self.file)
            count = len(self._state.existing)
            remaining = self._deletion(cloudformation, step).delete()
            step.update("incomplete" if remaining else "deleted", plural(count - len(remaining), "stack"))
        return remaining

    def _run_drills(self) -> None:
        assembly = Assembly.load(self.environment.assembly)
        drills = drills_of(self._state.level)
        for target in self._state.targets:
            missing = [drill for drill in drills if self._state.result_of(drill.id, target) is None]
            if missing:
                plan = stacks_of_target(assembly, target)
                self._run_target(target, assembly.targets[target].stack, plan, missing)
                # Targets take turns: the next one begins with an account without stacks of this run.
                if target != self._state.targets[-1] and self._delete_all(f"the stacks of {target}"):
                    return

    def _run_target(self, target: str, stack: str, plan: Plan, drills: Sequence[Drill]) -> None:
        self.clock.limit = self._state.limit
        with self.progress.step("deploy", target) as step, _expired_credentials():
            deployed = self._deployer(stack, plan, step).deploy()
            step.update(_words(deployed), f"{target} {deployed.reason}".strip())
        for drill in drills:
            if deployed.is_complete or deployed.is_no_op or drill.id == _DESTROYS:
                self._run_drill(drill, target, stack, plan)
            else:
                failed = drill.id == _DEPLOYS
                reason = f"{NOT_DEPLOYED}: {deployed.status or 'its stack does not exist'}" if failed else NOT_DEPLOYED
                outcome = Outcome.FAILED if failed else Outcome.NOT_RUN
                self._record(drill, target, DrillOutcome(outcome=outcome, reason=reason), deployed.seconds)
        remaining_resources.keep(self.file.directory, target)

    def _run_drill(self, drill: Drill, target: str, stack: str, plan: Plan) -> None:
        began = self.clock.now()
        name = f"{drill.id} {target}"
        with self.progress.step(name, "running", drill.does) as step, _expired_credentials():
            outcome = self._outcome(drill, self._context(target, stack, plan, step))
            step.update(outcome.outcome.value, outcome.reason)
        self._record(drill, target, outcome, self.clock.now() - began)

    def _outcome(self, drill: Drill, context: DrillContext) -> DrillOutcome:
        """Run a drill; whatever fails in it is its outcome, except what ends the run."""
        function = self.drills.get(drill.id)
        if function is None:
            return DrillOutcome(outcome=Outcome.NOT_RUN, reason="this version of the project cannot run it")
        try:
            return function(context)
        except ActionableError as error:
            return DrillOutcome(outcome=Outcome.FAILED, reason=error.message)
        except AWS_ERRORS as error:
            if is_expired(error):
                raise
            return DrillOutcome(outcome=Outcome.FAILED, reason=_without_names(error))
        except Exception as error:
            path = self.file.directory / f"{drill.id}.{context.target}.error.log"
            path.write_text("".join(traceback.format_exception(error)))
            return DrillOutcome(outcome=Outcome.FAILED, reason=f"the drill itself failed: {type(error).__name__}")

    def _context(self, target: str, stack: str, plan: Plan, step: Step) -> DrillContext:
        deployer = self._deployer(stack, plan, step)

        def delete(names: Sequence[str] = ()) -> None:
            cloudformation = self.environment.client("cloudformation")
            own_stacks.record(cloudformation, self.file)
            if remaining := self._deletion(cloudformation, step).delete(names):
                raise ActionableError(f"{remaining[0].name} was not deleted", remaining[0].reason, remaining[0].fix)
            if not self._state.existing:
                # The last drill looks for remaining resources an hour later, at no cost.
                self.clock.limit = None

        return DrillContext(
            run=self._state.run,
            environment=self.environment,
            target=target,
            stack=stack,
            stacks=_StackIds(self.file, plan.names),
            redeploy=deployer.deploy,
            delete_target=lambda: delete([stack]),
            delete_all=delete,
            report=_reporter(step, "running"),
            now=self.clock.now,
            sleep=self.clock.sleep,
        )

    def _deployer(self, stack: str, plan: Plan, step: Step) -> VersionDeployer:
        return VersionDeployer(
            environment=self.environment,
            file=self.file,
            clock=self.clock,
            target_stack=stack,
            names=plan.names,
            report=_reporter(step, "deploying"),
            inherited_files=self.inherited_files,
        )

    def _deletion(self, cloudformation: Any, step: Step) -> Deletion:
        return Deletion(cloudformation, self.file, _reporter(step, "deleting"), self.clock)

    def _record(self, drill: Drill, target: str, outcome: DrillOutcome, seconds: float) -> None:
        self.file.add_result(
            DrillRecord(
                drill=drill.id,
                target=target,
                outcome=outcome.outcome,
                seconds=round(seconds, 1),
                reason=outcome.reason,
                proven=tuple(outcome.proven),
                refuted=tuple(outcome.refuted),
                measured=dict(outcome.measured),
            )
        )

    def _give_up(self, reason: str) -> None:
        """Record that the drills without a result are not run."""
        for target in self._state.targets:
            for drill in drills_of(self._state.level):
                if self._state.result_of(drill.id, target) is None:
                    self._record(drill, target, DrillOutcome(outcome=Outcome.NOT_RUN, reason=reason), 0)


class _StackIds(Mapping[str, str]):
    """Name -> ID of the stacks of a target, read when they are asked for: a drill may deploy a stack again."""

    def __init__(self, file: StateFile, names: Sequence[str]) -> None:
        self._file = file
        self._names = names

    def __getitem__(self, name: str) -> str:
        return self._ids()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids())

    def __len__(self) -> int:
        return len(self._ids())

    def _ids(self) -> dict[str, str]:
        latest = {stack.name: stack.id for stack in self._file.state.stacks}
        return {name: latest[name] for name in self._names if name in latest}


@contextmanager
def _expired_credentials() -> Iterator[None]:
    """Raise `CredentialsExpired` for an error of AWS that says so."""
    try:
        yield
    except AWS_ERRORS as error:
        if is_expired(error):
            raise CredentialsExpired from error
        raise


def _reporter(step: Step, word: str) -> Callable[[str], None]:
    return lambda text: step.update(word, text)


def _words(deployed: DeployResult) -> str:
    if deployed.is_no_op:
        return "no change"
    return deployed.status.lower().replace("_", " ") or "failed"


def _without_names(error: Exception) -> str:
    """Return an error of AWS in words that may be published."""
    if isinstance(error, ClientError):
        return f"AWS rejected {error.operation_name}: {error_code(error)}"
    return f"AWS could not be called: {type(error).__name__}"
