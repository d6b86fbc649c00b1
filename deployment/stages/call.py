"""Call: every target asked and timed, orders through the workflow, and what proves that targets stand alone."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace

from deployment import deployed
from deployment.console import Progress, plural
from deployment.contract import isolation, visit
from deployment.contract.behind import look_behind, settled
from deployment.contract.conversation import Conversation, talk_to
from deployment.deployed import Deployed
from deployment.errors import ActionableError
from deployment.results import IsolationResult, Outcome, PermissionResult, Results, TargetResult, WorkflowResult
from deployment.stages.options import Options, check_targets
from deployment.stages.stopwatch import Stopwatch
from deployment.workflow import orders, placing
from local_aws.environment import LocalEnvironment
from local_aws.facts import ContainerState
from local_aws.permissions import proof


def call(running: LocalEnvironment, before: Results, options: Options, progress: Progress, watch: Stopwatch) -> Results:
    """Find out what the deployed app does; `before` is what its deployment left.

    Raises:
        ActionableError: a target was named that the app does not have.
    """
    there = deployed.read(running)
    check_targets(options.targets, there.assembly)
    targets = {name: _start_over(target, name, options.targets) for name, target in before.targets.items()}
    with ExitStack() as stack:
        talks = _talks(there, targets, stack)
        with watch.step("call"):
            targets |= visit.ask_all(talks, targets, progress, options.patience_s)
        answering = {name: talk for name, talk in talks.items() if targets[name].outcome is Outcome.PASSED}
        with watch.step("workflow"):
            orders = _workflow(there, answering, lambda: settled(running), progress)
        with watch.step("measure"):
            targets |= _measured(talks, targets, options.requests, progress)
        everything = settled(running)
        targets |= {name: look_behind(running, name, targets[name], everything) for name in talks}
        with watch.step("isolation"):
            apart = _isolation(running, answering, targets, progress)
    with watch.step("permissions"):
        proof = _permissions(there, progress)
    results = replace(before, targets=targets, workflow=orders, permissions=proof, isolation=apart)
    return replace(results, steps=watch.steps, seconds=watch.seconds)


def _start_over(target: TargetResult, name: str, chosen: tuple[str, ...]) -> TargetResult:
    if not target.url:
        return target
    reason = "left out by --target" if chosen and name not in chosen else ""
    return replace(target, outcome=Outcome.NOT_RUN, reason=reason, cause="", fix="", checks=[])


def _talks(there: Deployed, targets: Mapping[str, TargetResult], stack: ExitStack) -> dict[str, Conversation]:
    callable_now = [name for name, target in targets.items() if target.url and not target.reason]
    token = there.token() if callable_now else ""
    talks = {name: talk_to(there, name, token) for name in callable_now}
    for talk in talks.values():
        stack.enter_context(talk.http)
    return talks


def _measured(
    talks: Mapping[str, Conversation], targets: Mapping[str, TargetResult], requests: int, progress: Progress
) -> dict[str, TargetResult]:
    """Nothing else goes on meanwhile: the workflow has ended, and targets are asked one after the other."""
    reads = f"{requests} reads of an order from each target"
    with progress.step("measure", "measuring", reads) as step:
        measured = visit.measure(talks, targets, requests)
        step.say(plural(len(measured), "target"), reads)
    return measured


def _workflow(
    there: Deployed,
    talks: Mapping[str, Conversation],
    containers: Callable[[], list[ContainerState]],
    progress: Progress,
) -> WorkflowResult:
    count = f"{placing.ORDERS} orders"
    with progress.step("workflow", count) as step:
        try:
            result = orders.run(there, talks, containers, lambda text: step.say(count, text))
        except ActionableError as error:
            result = WorkflowResult(outcome=Outcome.FAILED, reason=error.message, cause=error.cause, fix=error.fix)
        if result.reason:
            step.say(result.outcome.value, result.reason)
        return result


def _isolation(
    running: LocalEnvironment,
    talks: Mapping[str, Conversation],
    targets: Mapping[str, TargetResult],
    progress: Progress,
) -> IsolationResult:
    """Last of what is asked of targets: their containers have been looked at by then."""
    with progress.step("isolation", "killing", "everything that runs for one target") as step:
        try:
            result = isolation.prove(running, talks, {name: targets[name].stack for name in talks})
        except ActionableError as error:
            result = IsolationResult(outcome=Outcome.FAILED, reason=error.message, cause=error.cause, fix=error.fix)
        step.say(result.outcome.value, result.reason or f"{result.target} killed, back after {result.back_s:.1f} s")
        return result


def _permissions(there: Deployed, progress: Progress) -> PermissionResult:
    with progress.step("permissions", "IAM enforced") as step:
        try:
            result = proof.prove(there)
        except ActionableError as error:
            result = PermissionResult(outcome=Outcome.FAILED, reason=error.message, cause=error.cause, fix=error.fix)
        step.say(result.outcome.value, result.reason or f"{result.action} refused without grant")
        return result
