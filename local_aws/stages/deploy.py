"""Deploy: all stacks by the real CDK CLI, and what then stands there by CloudFormation's word."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from local_aws import host
from local_aws.deploying import cdk, deployed
from local_aws.deploying.deployed import Deployed
from local_aws.deploying.image import PushedImage, pushed_image
from local_aws.errors import LocalAwsError
from local_aws.results import DeploymentResult, Engine, Outcome, Results, TargetResult
from local_aws.running import Running
from local_aws.screen import Progress
from local_aws.stages.deploy_rows import DeployRows
from local_aws.stages.stopwatch import Stopwatch

NOT_CALLED = "it was deployed and not called yet"
_LOG = "python -m local_aws logs emulator"


def deploy(running: Running, progress: Progress, watch: Stopwatch) -> Results:
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


def _deploy(running: Running, rows: DeployRows) -> tuple[Mapping[str, cdk.StackDeployment], LocalAwsError | None]:
    try:
        with rows:
            stacks = cdk.deploy(running, rows.show)
            rows.deployed(len(stacks), sum(stack.resources for stack in stacks.values()))
    except LocalAwsError as error:
        return {}, error
    return stacks, None


def _whole(problem: LocalAwsError | None) -> DeploymentResult:
    if problem is None:
        return DeploymentResult(outcome=Outcome.ANSWERED)
    return DeploymentResult(outcome=Outcome.FAILED, reason=problem.fact, why=problem.why, cure=problem.cure)


def _target(
    there: Deployed, target: str, stacks: Mapping[str, cdk.StackDeployment], problem: LocalAwsError | None
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
    if state is None and problem and known.stack not in problem.fact:
        return replace(result, reason=f"the deployment ended before it: {problem.fact}")
    said = deployed.failure(there.running, known.stack) if state else ""
    fact = f"its stack is {state.status}" if state else (problem.fact if problem else "its stack is absent")
    why = said or (problem.why if problem else "")
    cure = f"python -m local_aws logs {target}" if state else (problem.cure if problem else _LOG)
    return replace(result, outcome=Outcome.FAILED, reason=fact, why=why, cure=cure)
