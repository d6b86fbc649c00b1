"""The real CDK CLI, pointed at the emulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from local_aws.assembly import Assembly
from local_aws.running import Running, Settings


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


@dataclass(frozen=True, kw_only=True)
class DeployEvent:
    """Something the screen can show while stacks deploy.

    Attributes:
        stack: the stack's name; "" for the image.
        state: "image" (build and push), "started", "progress", "done" or "failed".
        resources_done: resources that are complete so far.
        resources_total: resources in the template.
        text: one line: what was just completed, or why it failed.
    """

    stack: str
    state: Literal["image", "started", "progress", "done", "failed"]
    resources_done: int = 0
    resources_total: int = 0
    text: str = ""


def synth(settings: Settings | None = None) -> Assembly:
    """Synthesise the app into `settings.assembly`, with CDK's validation off (the tests run it as a gate).

    Raises:
        LocalAwsError: the app does not synthesise, or Node is missing.
    """
    raise NotImplementedError(settings)


def bootstrap(running: Running) -> None:
    """Run `cdk bootstrap` against the emulator.

    Raises:
        LocalAwsError: the CLI failed; names the log.
    """
    raise NotImplementedError(running)


def deploy(running: Running, on_event: Callable[[DeployEvent], None] = lambda _event: None) -> dict[str, StackDeployment]:
    """Run `cdk deploy --all` from the synthesised assembly; builds and pushes the image once.

    Raises:
        LocalAwsError: with the first failed resource's reason and the log's path.
    """
    raise NotImplementedError(running, on_event)
