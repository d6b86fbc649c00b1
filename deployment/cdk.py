"""The real CDK CLI, pointed at the emulator."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deployment import cdk_log, stack_events
from deployment.assembly import Assembly
from deployment.cdk_cli import last_line, run, run_cdk, tools
from deployment.deploy_progress import DeployEvent, Progress
from deployment.errors import ActionableError
from local_aws.clients import client
from local_aws.environment import REPOSITORY, LocalEnvironment, Settings, label_of

__all__ = ["DeployEvent", "StackDeployment", "bootstrap", "deploy", "synth"]

DEPLOY_LOG = "deploy.log"
BOOTSTRAP_LOG = "bootstrap.log"
SYNTH_LOG = "synth.log"
# A target that an account gets only when asked for runs here all the same.
_CONTEXT = {"app_runner": "true"}
_PYTHON = REPOSITORY / ".venv" / "bin" / "python"
_DEPLOY_OPTIONS = (
    *("--require-approval", "never", "--asset-prebuild=false", "--concurrency", "4"),
    *("--method", "direct", "--progress", "events"),
)


@dataclass(frozen=True, kw_only=True)
class StackDeployment:
    """One stack that was deployed.

    Attributes:
        outputs: the stack's outputs, logical name -> value.
        seconds: how long CloudFormation took.
        resources: how many resources it made.
    """

    outputs: Mapping[str, str]
    seconds: float
    resources: int


def synth(settings: Settings | None = None, context: Mapping[str, object] | None = None) -> Assembly:
    """Synthesise the app into `settings.assembly`, with CDK's validation off (the tests run it as a gate).

    `context` is what the app is told beside what every run tells it.

    Raises:
        ActionableError: the app does not synthesise, or Node is missing.
    """
    settings = settings or Settings()
    settings.directory.mkdir(parents=True, exist_ok=True)
    # The app writes into the directory; what an older one left there would be deployed as well.
    shutil.rmtree(settings.assembly, ignore_errors=True)
    environment = tools(label_of(settings.directory)) | {
        "CDK_OUTDIR": str(settings.assembly),
        "CDK_VALIDATION": "false",
        "CDK_CONTEXT_JSON": json.dumps({**_CONTEXT, **(context or {})}),
    }
    if settings.base_image:
        environment["BASE_IMAGE"] = settings.base_image
    log = settings.directory / SYNTH_LOG
    if run([str(_PYTHON), "app.py"], environment, REPOSITORY, log) != 0:
        raise ActionableError("the app does not synthesise", last_line(log), f"see {log}")
    return Assembly.load(settings.assembly)


def bootstrap(running: LocalEnvironment) -> None:
    """Run `cdk bootstrap` against the emulator.

    Raises:
        ActionableError: the CLI failed; names the log.
    """
    log = running.directory / BOOTSTRAP_LOG
    # Started where no cdk.json is: the CLI would synthesise the app to find its environments.
    code = run_cdk(running, ["bootstrap", f"aws://{running.account}/{running.region}"], log)
    if code != 0:
        raise ActionableError("cdk bootstrap failed", last_line(log), f"see {log}")


def deploy(
    running: LocalEnvironment, on_event: Callable[[DeployEvent], None] = lambda _event: None
) -> dict[str, StackDeployment]:
    """Run `cdk deploy --all` from the synthesised assembly; builds and pushes the image once.

    Raises:
        ActionableError: with the first failed resource's reason and the log's path.
    """
    assembly = Assembly.load(running.assembly)
    cloudformation = client(running, "cloudformation")
    log = running.directory / DEPLOY_LOG
    arguments = ["deploy", "--all", "--app", str(running.assembly.resolve()), *_DEPLOY_OPTIONS]
    with Progress(assembly, cloudformation, on_event, log) as progress:
        code = run_cdk(running, arguments, log)
    if code != 0:
        cause = cdk_log.cause(log.read_text(errors="replace"))
        raise progress.failure() or ActionableError("cdk deploy failed", cause, cdk_log.fix(cause, log))
    return {stack.name: _deployment(cloudformation, stack.name) for stack in assembly.stacks}


def _deployment(cloudformation: Any, name: str) -> StackDeployment:
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    operation = stack_events.last_operation(stack_events.read(cloudformation, name))
    return StackDeployment(
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        seconds=stack_events.seconds(operation),
        resources=len(cloudformation.describe_stack_resources(StackName=name)["StackResources"]),
    )
