"""The stages of a run against an environment: deploy the app, then verify it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar

from deployment import cdk, host
from deployment.assembly import Assembly
from deployment.console import Progress, Step, mebibytes, plural
from deployment.container_checks import inspect_containers
from deployment.contract_checks import check_targets
from deployment.deployed_app import NO_ORDERS, DeployedApp
from deployment.environment import Environment
from deployment.errors import ActionableError
from deployment.fault_injection import inject_fault
from deployment.image import PushedImage, pushed_image
from deployment.latency import measure_targets
from deployment.orders_client import OrdersClient, client_for, client_of_any_service
from deployment.permission_check import ACTION, check_permissions
from deployment.results import (
    FaultInjectionResult,
    Outcome,
    PermissionResult,
    Results,
    StepResult,
    TargetResult,
    WorkflowResult,
    rounded,
)
from deployment.service_client import ServiceClient
from deployment.stack_events import DeployEvent
from deployment.workflow_verification import ORDERS, verify_workflow

Part = TypeVar("Part", bound=StepResult)

NOT_VERIFIED = "it is deployed and not verified yet"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of the verification.

    Attributes:
        targets: IDs of the targets to verify. Default: all targets.
        requests: number of requests behind p50 and p99. Default: 200.
        timeout_s: seconds until a target must be healthy. Default: that of the environment.
    """

    targets: tuple[str, ...] = ()
    requests: int = 200
    timeout_s: float | None = None


def deploy(environment: Environment, progress: Progress) -> Results:
    """Deploy all stacks; a failed deployment is part of the results and raises nothing."""
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    durations: Mapping[str, float] = {}
    error: ActionableError | None = None
    try:
        with progress.timed("deploy"), _DeployRows(environment, progress) as rows:
            durations = cdk.deploy(environment, rows.show)
            rows.finish()
    except ActionableError as raised:
        error = raised
    image = PushedImage("") if error else pushed_image(environment)
    app = DeployedApp.read(environment)
    return Results(
        environment=environment.name,
        started_at=started_at,
        endpoint=environment.endpoint,
        engine=environment.runs_on,
        host=host.description(),
        image_digest=image.digest,
        image_mib=image.mib,
        image_pull_mib=image.pull_mib,
        deployment=StepResult.from_error(error) if error else StepResult(outcome=Outcome.PASSED),
        targets={name: _deployed_target(app, name, durations, error) for name in app.assembly.targets},
        steps=progress.durations,
        seconds=progress.seconds,
    )


def verify(environment: Environment, deployed: Results, options: Options, progress: Progress) -> Results:
    """Verify the deployed app: contract, workflow, latency, containers, fault injection and permissions.

    Args:
        environment: Where the app is deployed.
        deployed: The results of its deployment, or of an earlier verification.
        options: Options of the verification.
        progress: Shows and times the steps.

    Raises:
        ActionableError: the app has no target of a given ID.
    """
    app = DeployedApp.read(environment)
    app.assembly.require_targets(options.targets)
    targets = {name: _not_verified(target, name, options.targets) for name, target in deployed.targets.items()}
    with ExitStack() as clients_open:
        clients = _clients(app, targets, clients_open)
        healthy_s = options.timeout_s or environment.timeouts.healthy_s
        with progress.timed("call"):
            targets |= check_targets(clients, targets, progress, healthy_s, app.assembly.responses)
        passed = {name: client for name, client in clients.items() if targets[name].outcome is Outcome.PASSED}
        ordering = {name: client for name, client in passed.items() if isinstance(client, OrdersClient)}
        orders = plural(ORDERS, "order")
        workflow = _part(
            progress,
            "workflow",
            orders,
            WorkflowResult,
            lambda step: _workflow(app, ordering, lambda counts: step.update(orders, counts)),
        )
        # Alone: the workflow has ended, and the targets take turns.
        targets |= _measure_targets(clients, targets, options.requests, progress, app.assembly.responses)
        targets |= inspect_containers(environment, app.assembly, {name: targets[name] for name in clients})
        # Last: it replaces the containers that were inspected.
        fault_injection = _part(
            progress,
            "fault injection",
            "killing",
            FaultInjectionResult,
            lambda _: inject_fault(environment, app.assembly, passed),
            passed="the others still responded",
        )
    permissions = _part(
        progress,
        "permissions",
        "IAM enforced",
        PermissionResult,
        lambda _: check_permissions(app),
        passed=f"{ACTION} needs its grant",
    )
    return replace(
        deployed,
        targets=targets,
        workflow=workflow,
        permissions=permissions,
        fault_injection=fault_injection,
        steps=progress.durations,
        seconds=progress.seconds,
    )


class _DeployRows:
    """The progress rows of a deployment: the stacks, and the image while it is built and pushed."""

    def __init__(self, environment: Environment, progress: Progress) -> None:
        self._environment = environment
        self._progress = progress
        self._rows = ExitStack()
        self._image_row = ExitStack()
        self._image: Step | None = None
        self._is_noted = False
        self._stacks: Step

    def __enter__(self) -> Self:
        self._stacks = self._rows.enter_context(self._progress.step("deploy", "stacks", timed=False))
        self._rows.push(self._image_row)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.__exit__(kind, error, trace)

    def show(self, event: DeployEvent) -> None:
        """Show an event of the deployment."""
        if event.state == "image":
            self._show_image(event.text)
        elif event.state in ("started", "progress"):
            self._stacks.update("stacks", f"{event.stack} {event.resources_done}/{event.resources_total}")

    def finish(self) -> None:
        """Show the deployed stacks, and the image if it was not pushed again."""
        if self._image is None and (image := pushed_image(self._environment)).digest:
            self._progress.note("image", "unchanged", f"{image.short_digest}  {mebibytes(image.mib)}")
        assembly = Assembly.load(self._environment.assembly)
        self._stacks.update(plural(len(assembly.stacks), "stack"), f"{assembly.resources} resources, cdk deploy")

    def _show_image(self, state: str) -> None:
        if not self._environment.runs_containers:
            if not self._is_noted:
                self._progress.note("image", "not built", "its processes run directly")
            self._is_noted = True
            return
        if self._image is None:
            self._image = self._image_row.enter_context(self._progress.step("image"))
        self._image.update(state)
        if state == "pushed":
            image = pushed_image(self._environment)
            self._image.update("built, pushed", f"{image.short_digest}  {mebibytes(image.mib)}")
            self._image_row.close()


def _deployed_target(
    app: DeployedApp, name: str, durations: Mapping[str, float], error: ActionableError | None
) -> TargetResult:
    """Return the result of one target's deployment."""
    target = app.assembly.targets[name]
    state = app.stacks.get(target.stack)
    result = TargetResult(
        outcome=Outcome.NOT_RUN,
        stack=target.stack,
        construct=target.construct,
        resources=next(stack.resources for stack in app.assembly.stacks if stack.name == target.stack),
        deploy_s=rounded(durations.get(target.stack)),
        reason=NOT_VERIFIED,
    )
    if state and state.is_complete and target.url_output in state.outputs:
        return replace(result, url=state.outputs[target.url_output])
    if state and state.is_complete:
        reason = f"no output of {target.stack} has its URL"
        fix = 'add CfnOutput(stack, "Url", value=service.url); with several services, "<construct ID>Url" for each'
        return replace(result, outcome=Outcome.FAILED, reason=reason, fix=fix)
    if state:
        cause = app.failure_reason(target.stack) or (error.cause if error else "")
        reason, fix = f"its stack is {state.status}", app.environment.command("logs", name)
    elif error and target.stack not in error.message:
        return replace(result, reason=f"the deployment ended before it: {error.message}")
    elif error:
        reason, cause, fix = error.message, error.cause, error.fix
    else:
        reason, cause, fix = "its stack does not exist", "", app.environment.diagnostics_command()
    return replace(result, outcome=Outcome.FAILED, reason=reason, cause=cause, fix=fix)


def _not_verified(target: TargetResult, name: str, chosen: tuple[str, ...]) -> TargetResult:
    if not target.url:
        return target
    reason = "left out by --target" if chosen and name not in chosen else ""
    return replace(target, outcome=Outcome.NOT_RUN, reason=reason, cause="", fix="", checks=[])


def _clients(
    app: DeployedApp, targets: Mapping[str, TargetResult], clients_open: ExitStack
) -> dict[str, ServiceClient]:
    names = [name for name, target in targets.items() if target.url and not target.reason]
    clients: dict[str, ServiceClient] = {}
    if app.has_orders_api and names:
        token = app.api_token()
        clients |= {name: client_for(app, name, token) for name in names}
    else:
        clients |= {name: client_of_any_service(app, name) for name in names}
    for client in clients.values():
        clients_open.enter_context(client.http)
    return clients


def _workflow(
    app: DeployedApp, clients: Mapping[str, OrdersClient], on_progress: Callable[[str], None]
) -> WorkflowResult:
    if not app.has_orders_api:
        return WorkflowResult(outcome=Outcome.NOT_RUN, reason=NO_ORDERS)
    return verify_workflow(app, clients, on_progress)


def _part(
    progress: Progress, name: str, word: str, kind: type[Part], act: Callable[[Step], Part], *, passed: str = ""
) -> Part:
    """Run one part of the verification as a step, and return its result; an error is a failed result.

    Args:
        progress: Shows and times the step.
        name: Name of the step.
        word: Its status while it runs.
        kind: Type of the result.
        act: Runs the part.
        passed: Detail of a part that passed. Default: the step stays as it is.
    """
    with progress.step(name, word) as step:
        try:
            result = act(step)
        except ActionableError as error:
            result = kind.from_error(error)
        if result.reason or passed:
            step.update(result.outcome.value, result.reason or passed)
        return result


def _measure_targets(
    clients: Mapping[str, ServiceClient],
    targets: Mapping[str, TargetResult],
    requests: int,
    progress: Progress,
    responses: Mapping[str, str],
) -> dict[str, TargetResult]:
    detail = f"{requests} GET requests to each"
    with progress.step("measure", "measuring", detail) as step:
        measured = measure_targets(clients, targets, requests, responses)
        step.update(plural(len(measured), "target"), detail)
    return measured
