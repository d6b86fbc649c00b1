"""Deploy: all stacks by the real CDK CLI, and what then stands there by CloudFormation's word."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from deployment import cdk, deployed, host
from deployment.console import Progress
from deployment.deployed import Deployed
from deployment.errors import ActionableError
from deployment.image import PushedImage, pushed_image
from deployment.results import DeploymentResult, Engine, Outcome, Results, TargetResult
from deployment.stages.deploy_rows import DeployRows
from deployment.stages.stopwatch import Stopwatch
from local_aws.environment import LocalEnvironment

NOT_CALLED = "it was deployed and not called yet"
_LOG = "python -m local_aws logs emulator"


def deploy(running: LocalEnvironment, progress: Progress, watch: Stopwatch) -> Results:
    """Deploy all stacks; what did not deploy is in the results and not an exception."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    with watch.step("deploy"):
        stacks, problem = _deploy(running, DeployRows(running, progress, watch))
    image = PushedImage("") if problem else pushed_image(running)
    there = deployed.read(running)
    targets = {target: _target(there, target, stacks, problem) for target in there.assembly.targets}
    return Results(
        started_at=started,
        endpoint=running.endpoint,
        engine=Engine(kind=running.engine.kind, version=running.engine.version, detail=running.engine.detail),
        machine=host.description(),
        image_digest=image.digest,
        image_mib=image.mib,
        image_pull_mib=image.pull_mib,
        deployment=_whole(problem),
        targets=targets,
        steps=watch.steps,
        seconds=watch.seconds,
    )


def _deploy(
    running: LocalEnvironment, rows: DeployRows
) -> tuple[Mapping[str, cdk.StackDeployment], ActionableError | None]:
    try:
        with rows:
            stacks = cdk.deploy(running, rows.show)
            rows.deployed(len(stacks), sum(stack.resources for stack in stacks.values()))
    except ActionableError as error:
        return {}, error
    return stacks, None


def _whole(problem: ActionableError | None) -> DeploymentResult:
    if problem is None:
        return DeploymentResult(outcome=Outcome.PASSED)
    return DeploymentResult(outcome=Outcome.FAILED, reason=problem.message, cause=problem.cause, fix=problem.fix)


def _target(
    there: Deployed, target: str, stacks: Mapping[str, cdk.StackDeployment], problem: ActionableError | None
) -> TargetResult:
    known = there.assembly.targets[target]
    state, deployment = there.stacks.get(known.stack), stacks.get(known.stack)
    result = TargetResult(
        outcome=Outcome.NOT_RUN,
        stack=known.stack,
        construct=known.construct,
        resources=next(stack.resources for stack in there.assembly.stacks if stack.name == known.stack),
        deploy_s=round(deployment.seconds, 2) if deployment else None,
        reason=NOT_CALLED,
    )
    if state and state.complete and "Url" in state.outputs:
        return replace(result, url=state.outputs["Url"])
    if state is None and problem and known.stack not in problem.message:
        return replace(result, reason=f"the deployment ended before it: {problem.message}")
    said = deployed.failure(there.running, known.stack) if state else ""
    fact = f"its stack is {state.status}" if state else (problem.message if problem else "its stack is absent")
    cause = said or (problem.cause if problem else "")
    fix = f"python -m local_aws logs {target}" if state else (problem.fix if problem else _LOG)
    return replace(result, outcome=Outcome.FAILED, reason=fact, cause=cause, fix=fix)
