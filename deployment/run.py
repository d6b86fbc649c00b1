"""The stages of a run against an environment: deploy the app, then verify it."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from deployment import cdk, host
from deployment.assembly import Assembly
from deployment.console import Progress, Step, mebibytes, plural
from deployment.container_checks import inspect_containers
from deployment.contract_checks import check_targets
from deployment.deployed_app import DeployedApp
from deployment.environment import Environment, Timeouts
from deployment.errors import ActionableError
from deployment.fault_injection import inject_fault
from deployment.image import PushedImage, pushed_image
from deployment.latency import measure_targets
from deployment.orders_client import OrdersClient, client_for
from deployment.permission_check import check_permissions
from deployment.results import (
    Engine,
    FaultInjectionResult,
    Outcome,
    PermissionResult,
    Results,
    StepResult,
    TargetResult,
    WorkflowResult,
)
from deployment.stack_events import DeployEvent
from deployment.workflow_verification import ORDERS, verify_workflow

NOT_VERIFIED = "it is deployed and not verified yet"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of the verification.

    Attributes:
        targets: IDs of the targets to verify. Default: all targets.
        requests: number of requests behind p50 and p99. Default: 200.
        timeout_s: seconds until a target must be healthy. Default: 60.
    """

    targets: tuple[str, ...] = ()
    requests: int = 200
    timeout_s: float = Timeouts.healthy_s


def synthesise(
    output: Path, progress: Progress, *, base_image: str | None, log: Path, variables: Mapping[str, str]
) -> Assembly:
    """Synthesise the app; see `cdk.synth`."""
    with progress.step("synth", "app.py", "→ cdk.out") as step:
        assembly = cdk.synth(output, base_image=base_image, log=log, variables=variables)
        step.update(plural(len(assembly.stacks), "stack"), f"{assembly.resources} resources")
    return assembly


def bootstrap(environment: Environment, progress: Progress) -> None:
    """Bootstrap the environment for the CDK."""
    with progress.step("bootstrap", "CDKToolkit"):
        cdk.bootstrap(environment)


def deploy(environment: Environment, progress: Progress) -> Results:
    """Deploy all stacks; a failed deployment is part of the results and raises nothing."""
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    stacks: Mapping[str, cdk.StackDeployment] = {}
    error: ActionableError | None = None
    try:
        with progress.timed("deploy"), _DeployRows(environment, progress) as rows:
            stacks = cdk.deploy(environment, rows.show)
            rows.finish(stacks)
    except ActionableError as raised:
        error = raised
    image = PushedImage("") if error else pushed_image(environment)
    app = DeployedApp.read(environment)
    engine = environment.runs_on
    return Results(
        environment=environment.name,
        started_at=started_at,
        endpoint=environment.endpoint,
        engine=Engine(kind=engine.kind, version=engine.version, detail=engine.detail),
        machine=host.description(),
        image_digest=image.digest,
        image_mib=image.mib,
        image_pull_mib=image.pull_mib,
        deployment=StepResult.from_error(error) if error else StepResult(outcome=Outcome.PASSED),
        targets={name: _deployed_target(app, name, stacks, error) for name in app.assembly.targets},
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
        with progress.timed("call"):
            targets |= check_targets(clients, targets, progress, options.timeout_s)
        passed = {name: client for name, client in clients.items() if targets[name].outcome is Outcome.PASSED}
        workflow = _verify_workflow(app, passed, progress)
        # Alone: the workflow has ended, and the targets take turns.
        targets |= _measure_targets(clients, targets, options.requests, progress)
        targets |= inspect_containers(environment, {name: targets[name] for name in clients})
        # Last: it replaces the containers that were inspected.
        fault_injection = _inject_fault(environment, passed, targets, progress)
    permissions = _check_permissions(app, progress)
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

    def finish(self, stacks: Mapping[str, cdk.StackDeployment]) -> None:
        """Show the deployed stacks, and the image if it was not pushed again."""
        if self._image is None and (image := pushed_image(self._environment)).digest:
            self._progress.note("image", "unchanged", f"{image.short_digest}  {mebibytes(image.mib)}")
        resources = sum(stack.resources for stack in stacks.values())
        self._stacks.update(plural(len(stacks), "stack"), f"{resources} resources, cdk deploy")

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
    app: DeployedApp, name: str, stacks: Mapping[str, cdk.StackDeployment], error: ActionableError | None
) -> TargetResult:
    """Return the result of one target's deployment."""
    target = app.assembly.targets[name]
    state, deployment = app.stacks.get(target.stack), stacks.get(target.stack)
    result = TargetResult(
        outcome=Outcome.NOT_RUN,
        stack=target.stack,
        construct=target.construct,
        resources=next(stack.resources for stack in app.assembly.stacks if stack.name == target.stack),
        deploy_s=round(deployment.seconds, 2) if deployment else None,
        reason=NOT_VERIFIED,
    )
    if state and state.is_complete and "Url" in state.outputs:
        return replace(result, url=state.outputs["Url"])
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


def _clients(app: DeployedApp, targets: Mapping[str, TargetResult], clients_open: ExitStack) -> dict[str, OrdersClient]:
    names = [name for name, target in targets.items() if target.url and not target.reason]
    token = app.api_token() if names else ""
    clients = {name: client_for(app, name, token) for name in names}
    for client in clients.values():
        clients_open.enter_context(client.http)
    return clients


def _verify_workflow(app: DeployedApp, clients: Mapping[str, OrdersClient], progress: Progress) -> WorkflowResult:
    count = plural(ORDERS, "order")
    with progress.step("workflow", count) as step:
        try:
            result = verify_workflow(app, clients, lambda counts: step.update(count, counts))
        except ActionableError as error:
            result = WorkflowResult.from_error(error)
        if result.reason:
            step.update(result.outcome.value, result.reason)
        return result


def _measure_targets(
    clients: Mapping[str, OrdersClient], targets: Mapping[str, TargetResult], requests: int, progress: Progress
) -> dict[str, TargetResult]:
    detail = f"{requests} GET requests to each"
    with progress.step("measure", "measuring", detail) as step:
        measured = measure_targets(clients, targets, requests)
        step.update(plural(len(measured), "target"), detail)
    return measured


def _inject_fault(
    environment: Environment,
    clients: Mapping[str, OrdersClient],
    targets: Mapping[str, TargetResult],
    progress: Progress,
) -> FaultInjectionResult:
    with progress.step("fault injection", "killing", "all containers of one target") as step:
        try:
            result = inject_fault(environment, clients, {name: targets[name].stack for name in clients})
        except ActionableError as error:
            result = FaultInjectionResult.from_error(error)
        step.update(result.outcome.value, result.reason or f"{result.target} killed and recovered")
        return result


def _check_permissions(app: DeployedApp, progress: Progress) -> PermissionResult:
    with progress.step("permissions", "IAM enforced") as step:
        try:
            result = check_permissions(app)
        except ActionableError as error:
            result = PermissionResult.from_error(error)
        step.update(result.outcome.value, result.reason or f"{result.action} needs its grant")
        return result
