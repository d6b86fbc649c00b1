"""Deploy: all stacks by the real CDK CLI, and what then stands there by CloudFormation's word."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from local_aws import cdk, deployed
from local_aws.deployed import Deployed
from local_aws.errors import LocalAwsError
from local_aws.image import PushedImage, pushed_image
from local_aws.results import Engine, Outcome, Results, TargetResult
from local_aws.running import Running
from local_aws.screen import Progress, Step
from local_aws.screen.marks import mebibytes
from local_aws.stopwatch import Stopwatch

NOT_CALLED = "it was deployed and not called yet"
_LOG = "python -m local_aws logs emulator"


def deploy(running: Running, progress: Progress, watch: Stopwatch) -> Results:
    """Deploy all stacks; what did not deploy is in the results and not an exception."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    with watch.step("deploy"):
        stacks, problem = _deploy(running, progress)
    image = PushedImage("") if problem else pushed_image(running)
    _show_image(image, running, progress)
    there = deployed.read(running)
    return Results(
        started_at=started,
        endpoint=running.endpoint,
        engine=Engine(kind=running.engine.kind, version=running.engine.version, detail=running.engine.detail),
        image_digest=image.digest,
        image_mib=image.mib,
        targets={target: _target(there, target, stacks, problem) for target in there.assembly.targets},
        steps=watch.steps,
        seconds=watch.seconds,
    )


def _deploy(running: Running, progress: Progress) -> tuple[Mapping[str, cdk.StackDeployment], LocalAwsError | None]:
    try:
        with progress.step("deploy", "stacks") as step:
            stacks = cdk.deploy(running, lambda event: _show(event, step))
            made = sum(stack.resources for stack in stacks.values())
            step.say(f"{len(stacks)} stacks", f"{made} resources, by the real CDK CLI")
    except LocalAwsError as error:
        return {}, error
    return stacks, None


def _show_image(image: PushedImage, running: Running, progress: Progress) -> None:
    if image.digest:
        progress.note("image", "pushed", f"orders@{image.short}  {mebibytes(image.mib)}")
    elif not running.engine.has_containers:
        progress.note("image", "not built", "what it holds runs directly, from an environment of its own")


def _show(event: cdk.DeployEvent, step: Step) -> None:
    if event.state == "image":
        step.say("image", event.text)
    elif event.state in ("started", "progress"):
        step.say("stacks", f"{event.stack} {event.resources_done}/{event.resources_total}")


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
