"""The real CDK CLI, pointed at the emulator."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3

from local_aws.assembly import Assembly
from local_aws.cdk_cli import last_line, run, run_cdk, tools
from local_aws.errors import LocalAwsError
from local_aws.leftovers import label_of
from local_aws.progress import DeployEvent, Progress
from local_aws.running import REPOSITORY, Running, Settings

__all__ = ["DeployEvent", "StackDeployment", "bootstrap", "client", "deploy", "synth"]

DEPLOY_LOG = "deploy.log"
BOOTSTRAP_LOG = "bootstrap.log"
SYNTH_LOG = "synth.log"
_PYTHON = REPOSITORY / ".venv" / "bin" / "python"
_CONCURRENCY = 4


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


def synth(settings: Settings | None = None) -> Assembly:
    """Synthesise the app into `settings.assembly`, with CDK's validation off (the tests run it as a gate).

    Raises:
        LocalAwsError: the app does not synthesise, or Node is missing.
    """
    settings = settings or Settings()
    settings.directory.mkdir(parents=True, exist_ok=True)
    # The app writes into the directory; what an older one left there would be deployed as well.
    shutil.rmtree(settings.assembly, ignore_errors=True)
    environment = tools(label_of(settings.directory)) | {
        "CDK_OUTDIR": str(settings.assembly),
        "CDK_VALIDATION": "false",
    }
    if settings.base_image:
        environment["BASE_IMAGE"] = settings.base_image
    log = settings.directory / SYNTH_LOG
    if run([str(_PYTHON), "app.py"], environment, REPOSITORY, log) != 0:
        raise LocalAwsError("the app does not synthesise", last_line(log), f"see {log}")
    return Assembly.load(settings.assembly)


def bootstrap(running: Running) -> None:
    """Run `cdk bootstrap` against the emulator.

    Raises:
        LocalAwsError: the CLI failed; names the log.
    """
    log = running.directory / BOOTSTRAP_LOG
    # Started where no cdk.json is: the CLI would synthesise the app to find its environments.
    code = run_cdk(running, ["bootstrap", f"aws://{running.account}/{running.region}"], log)
    if code != 0:
        raise LocalAwsError("cdk bootstrap failed", last_line(log), f"see {log}")


def deploy(
    running: Running, on_event: Callable[[DeployEvent], None] = lambda _event: None
) -> dict[str, StackDeployment]:
    """Run `cdk deploy --all` from the synthesised assembly; builds and pushes the image once.

    Raises:
        LocalAwsError: with the first failed resource's reason and the log's path.
    """
    assembly = Assembly.load(running.assembly)
    cloudformation = client(running, "cloudformation")
    log = running.directory / DEPLOY_LOG
    with Progress(assembly, cloudformation, on_event) as progress:
        code = run_cdk(
            running,
            [
                *("deploy", "--all", "--app", str(running.assembly.resolve()), "--require-approval", "never"),
                *(
                    "--asset-prebuild=false",
                    "--concurrency",
                    str(_CONCURRENCY),
                    "--method",
                    "direct",
                    "--progress",
                    "events",
                ),
            ],
            log,
        )
    if code != 0:
        raise progress.failure() or LocalAwsError("cdk deploy failed", last_line(log), f"see {log}")
    return {stack.name: _deployment(cloudformation, stack.name) for stack in assembly.stacks}


def client(running: Running, service: str) -> Any:
    """A boto3 client of the emulator that knows nothing of the reader's own AWS settings."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=running.region)  # noqa: S106
    return session.client(service, endpoint_url=running.endpoint)  # type: ignore[call-overload]


def _deployment(cloudformation: Any, name: str) -> StackDeployment:
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    times: list[datetime] = [
        event["Timestamp"] for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    ]
    return StackDeployment(
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        seconds=(max(times) - min(times)).total_seconds(),
        resources=len(cloudformation.describe_stack_resources(StackName=name)["StackResources"]),
    )
