"""Changes of a running service, executed one after the other under load, and the verdict on each of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime

from deployment import cdk
from deployment.assembly import Assembly
from deployment.changes import BASELINE, Change, Variant
from deployment.deployed_app import DeployedApp
from deployment.environment import Environment
from deployment.errors import ActionableError
from deployment.prober import Prober, Tally, aims_for, wait_until_quiet
from deployment.results import Outcome, rounded
from deployment.resynthesis import replace_assembly
from deployment.update_results import TargetUpdate, Update, UpdateResults

SETTLE_S = 4.0
SETTLE_TIMEOUT_S = 60.0
_ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"
# On one machine, the services and the prober get the CPUs before the CDK CLI does.
_NICENESS = 10


def judge(
    counted: Tally,
    *,
    template_changed: bool,
    failure: str,
    new_replicas: int | None,
    deploy_s: float | None,
    must_fail: bool = False,
    status: str = "",
    hint: str = "",
) -> TargetUpdate:
    """Return the verdict on one change of one target.

    Args:
        counted: The requests during the change.
        template_changed: Whether the change altered the target's stack.
        failure: Why CloudFormation did not update the stack; "" if it did.
        new_replicas: Containers that are new; None where unknown.
        deploy_s: Seconds that CloudFormation took.
        must_fail: Whether it is a bad version, which passes if it is rolled back. Default: False.
        status: Status of the stack after the deployment. Default: "", not known.
        hint: What may have caused timeouts, and what to do. Default: "", nothing is known.
    """
    result = TargetUpdate(
        outcome=Outcome.PASSED,
        template_changed=template_changed,
        requests=counted.requests,
        lost=counted.lost,
        slowest_ms=counted.slowest_ms,
        losses=counted.losses,
        new_replicas=new_replicas,
        deploy_s=deploy_s if template_changed else None,
        rolled_back=must_fail and bool(failure) and status == _ROLLED_BACK,
    )
    if must_fail and not failure:
        cause = "CloudFormation reported success"
        return replace(result, outcome=Outcome.FAILED, reason="the bad version was deployed", cause=cause)
    if must_fail and not result.rolled_back:
        return replace(result, outcome=Outcome.FAILED, reason=f"not rolled back: the stack is {status}", cause=failure)
    if failure and not must_fail:
        return replace(result, outcome=Outcome.FAILED, reason="the change was not deployed", cause=failure)
    if counted.lost:
        first = counted.losses[0]
        reason = f"{counted.lost} of {counted.requests} requests were lost, expected 0"
        cause = f"{first.requests}×, {first.first_s:.1f} to {first.last_s:.1f} s after the start: {first.reason}"
        fix = hint if all(loss.is_timeout for loss in counted.losses) else ""
        return replace(result, outcome=Outcome.FAILED, reason=reason, cause=cause, fix=fix)
    if not counted.requests:
        return replace(result, outcome=Outcome.FAILED, reason="no request was sent", cause="the prober did not run")
    return result


def not_run(reason: str) -> TargetUpdate:
    """Return the result of a change that is not executed."""
    return TargetUpdate(outcome=Outcome.NOT_RUN, reason=reason)


class Updater:
    """Executes changes on deployed targets while a prober requests them.

    Args:
        environment: Where `BASELINE` is deployed.
        targets: IDs of the targets to change and to request.
        not_shown: (change, target) -> why the environment cannot show this change on this target; "*" for all targets.
        base_image: Base image of the service's image. Default: `BASE_IMAGE`, or the Dockerfile's own.
        variables: More environment variables for the app. Default: none.
        concurrency: How many stacks are deployed at the same time. Default: 4.
        hint: Returns what may have caused timeouts just now, and what to do. Default: nothing is known.
    """

    def __init__(
        self,
        environment: Environment,
        targets: Sequence[str],
        *,
        not_shown: Callable[[str, str], str] = lambda _change, _target: "",
        base_image: str | None = None,
        variables: Mapping[str, str] = {},
        concurrency: int = 4,
        hint: Callable[[], str] = lambda: "",
    ) -> None:
        self._environment = environment
        self._targets = targets
        self._not_shown = not_shown
        self._base_image = base_image
        self._variables = variables
        self._concurrency = concurrency
        self._hint = hint
        self._variant = BASELINE

    def prober(self) -> Prober:
        """Return a prober of the targets.

        Raises:
            ActionableError: a target creates no order.
        """
        return Prober(aims_for(DeployedApp.read(self._environment), self._targets))

    def execute(
        self, change: Change, prober: Prober, on_progress: Callable[[str], None] = lambda _text: None
    ) -> Update:
        """Deploy one change, and judge the requests of `prober` meanwhile.

        Args:
            change: The change.
            prober: A running prober of the targets.
            on_progress: Receives what happens now, such as "deploying". Default: nothing happens.
        """
        began_s = prober.seconds
        shown = {name: self._not_shown(change.name, name) for name in self._targets}
        results = {name: not_run(reason) for name, reason in shown.items() if reason}
        targets = [name for name in self._targets if name not in results]
        if targets:
            variant = self._variant.after(change)
            on_progress("synthesising")
            with self._restored_assembly() if change.must_fail else nullcontext():
                try:
                    assembly, changed = replace_assembly(
                        self._environment, variant, base_image=self._base_image, variables=self._variables
                    )
                except ActionableError as error:
                    results |= {name: not_run(f"rejected at synthesis: {error.cause}") for name in targets}
                else:
                    results |= self._deploy(change, variant, assembly, changed, targets, prober, on_progress)
                    self._variant = self._variant if change.must_fail else variant
        ordered = {name: results[name] for name in self._targets}
        seconds = round(prober.seconds - began_s, 1)
        return Update(change=change.name, value=change.value, targets=ordered, seconds=seconds)

    @contextmanager
    def _restored_assembly(self) -> Iterator[None]:
        """Restore the assembly at the end: a bad version is not what is deployed."""
        deployed, kept = self._environment.assembly, self._environment.assembly.with_name("cdk.out.before")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(deployed, kept)
        try:
            yield
        finally:
            shutil.rmtree(deployed, ignore_errors=True)
            kept.rename(deployed)

    def _deploy(
        self,
        change: Change,
        variant: Variant,
        assembly: Assembly,
        changed: set[str],
        targets: Sequence[str],
        prober: Prober,
        on_progress: Callable[[str], None],
    ) -> dict[str, TargetUpdate]:
        before = self._replicas(assembly)
        since_s = prober.seconds
        on_progress("deploying")
        stacks = {name: assembly.targets[name].stack for name in targets}
        durations, failures = self._deploy_each(variant, stacks) if change.must_fail else self._deploy_all(variant)
        on_progress("settling")
        wait_until_quiet(lambda: prober.lost, SETTLE_S, SETTLE_TIMEOUT_S)
        after, hint = self._replicas(assembly), self._hint()
        states = DeployedApp.read(self._environment).stacks
        return {
            name: judge(
                prober.tally(name, since_s),
                template_changed=name in changed,
                failure=failures.get(name, ""),
                new_replicas=len(after[name] - before[name]) if name in after else None,
                deploy_s=rounded(durations.get(assembly.targets[name].stack)),
                must_fail=change.must_fail,
                status=states[stacks[name]].status,
                hint=hint,
            )
            for name in targets
        }

    def _deploy_all(self, variant: Variant) -> tuple[Mapping[str, float], Mapping[str, str]]:
        """Return stack -> seconds, and target -> why its stack was not updated."""
        try:
            return cdk.deploy(
                self._environment, options=variant.options, concurrency=self._concurrency, niceness=_NICENESS
            ), {}
        except ActionableError as error:
            return {}, self._failures(error)

    def _deploy_each(
        self, variant: Variant, stacks: Mapping[str, str]
    ) -> tuple[Mapping[str, float], Mapping[str, str]]:
        """Deploy each target in a run of its own, because the CDK CLI stops at the first stack that fails.

        Returns the same as `_deploy_all`, without durations.
        """

        def failure(stack: str) -> str:
            try:
                cdk.deploy(self._environment, options=variant.options, stack=stack, niceness=_NICENESS)
            except ActionableError as error:
                return "\n".join(filter(None, (error.message, error.cause)))
            return ""

        # All at the same time: they wait for health checks that fail.
        with ThreadPoolExecutor(max_workers=len(stacks)) as pool:
            found = dict(zip(stacks, pool.map(failure, stacks.values()), strict=True))
        return {}, {target: cause for target, cause in found.items() if cause}

    def _replicas(self, assembly: Assembly) -> dict[str, set[str]]:
        """Return target -> IDs of its running containers."""
        containers = self._environment.containers
        if containers is None:
            return {}
        described = containers.describe()
        return {
            name: {one.id for one in assembly.containers_of(name, described) if one.status == "running"}
            for name in self._targets
        }

    def _failures(self, error: ActionableError | None) -> dict[str, str]:
        """Return target -> why its stack was not updated."""
        if error is None:
            return {}
        app = DeployedApp.read(self._environment)
        stacks = {name: app.assembly.targets[name].stack for name in self._targets}
        failed = {
            name: reason
            for name, stack in stacks.items()
            if (reason := app.failure_reason(stack)) or not app.stacks[stack].is_complete
        }
        return failed or dict.fromkeys(self._targets, "\n".join(filter(None, (error.message, error.cause))))


def started(environment: Environment) -> UpdateResults:
    """Return results without any change yet."""
    return UpdateResults(
        environment=environment.name,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        engine=environment.runs_on,
    )
