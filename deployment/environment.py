"""The environment that an app is deployed to and verified in: this machine, or an AWS account.

Everything in `deployment` is written against the protocol `Environment`. A capability that only some environments have
is None, or returns None, where it is missing; the checks that need it are then "not run".
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from deployment.containers import ContainerState
from deployment.results import Engine
from deployment.traces import Span


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """The timeouts of a run, in seconds.

    Attributes:
        deploy_s: one command of the CDK CLI; infinite where stacks would go on changing without it.
        poll_s: between two requests for the events of a stack that is deployed.
        response_s: one HTTP request.
        healthy_s: a target, until its health check passes.
        tasks_s: the one-shot tasks, until they have exited after their orders are final.
        orders_s: all orders, until they are final.
        orders_stalled_s: the orders, while neither an order nor an execution of the workflow changes.
        traces_s: the spans of a finished order.
        recovery_s: a killed target, until it responds again.
    """

    deploy_s: float = 900.0
    poll_s: float = 0.25
    response_s: float = 15.0
    healthy_s: float = 60.0
    tasks_s: float = 45.0
    orders_s: float = 600.0
    orders_stalled_s: float = 15.0
    traces_s: float = 12.0
    recovery_s: float = 60.0

    def scaled(self, factor: float) -> Self:
        """Return timeouts that are longer by this factor, for a busy computer; the interval of polls stays."""
        longer = {each.name: getattr(self, each.name) * factor for each in fields(self) if each.name != "poll_s"}
        return replace(self, **longer)


class Containers(Protocol):
    """The containers of the deployed stacks, or the processes in their place, as their engine describes them."""

    def describe(self, stack: str | None = None) -> list[ContainerState]:
        """Return the containers of one stack, the oldest first, exited ones included. Default: of all stacks."""

    def logs(self, stack: str, *, follow: bool = False) -> Iterator[str]:
        """Yield the log lines of a stack as "container | line"; with `follow`, also those to come."""

    def kill(self, container: ContainerState) -> None:
        """Send SIGKILL; no error if it has exited already."""

    def stop(self, container: ContainerState) -> bool:
        """Let the platform stop it: deregistration, SIGTERM, stop timeout; returns whether it did."""

    def image_mib(self, image_ids: frozenset[str]) -> float | None:
        """Return the unpacked size of the image with one of these IDs in MiB; None where unknown."""


class Environment(Protocol):
    """An environment that an app is deployed to and verified in."""

    @property
    def name(self) -> str:
        """Short name: "local"."""

    @property
    def region(self) -> str:
        """AWS Region."""

    @property
    def account(self) -> str:
        """AWS account ID."""

    @property
    def directory(self) -> Path:
        """Directory for logs and results."""

    @property
    def assembly(self) -> Path:
        """The cloud assembly to deploy."""

    @property
    def endpoint(self) -> str:
        """URL of the AWS endpoint; "" for AWS's own endpoints."""

    @property
    def timeouts(self) -> Timeouts:
        """The timeouts of a run."""

    @property
    def runs_on(self) -> Engine:
        """The engine that runs the containers."""

    @property
    def runs_containers(self) -> bool:
        """Whether the image is built and runs in containers; False: its processes run directly."""

    @property
    def containers(self) -> Containers | None:
        """The containers; None where they cannot be inspected."""

    def client(self, service: str, keys: Mapping[str, str] | None = None) -> Any:
        """Return a boto3 client.

        Args:
            service: boto3's name of the service.
            keys: `aws_access_key_id`, `aws_secret_access_key` and `aws_session_token` of an assumed role. Default: the
                environment's own credentials.
        """

    def request_target(self, url: str) -> tuple[str, dict[str, str]]:
        """Return the base URL, without a trailing slash, and the headers that send a request to a deployed `url`."""

    def cli_environment(self) -> dict[str, str]:
        """Return the environment variables for the CDK CLI.

        Raises:
            ActionableError: a program that the CLI needs is missing.
        """

    def command(self, verb: str, *arguments: str) -> str:
        """Return a command line to paste, such as `python -m local_aws logs ecs-fargate`."""

    def diagnostics_command(self) -> str:
        """Return a command line that helps when an AWS service itself fails."""

    def executed_by(self, stack: str, containers: list[ContainerState]) -> tuple[str, str]:
        """Return what ran the resources of a stack, and what AWS does in addition that the run does not show."""

    def iam_enforcement(self) -> AbstractContextManager[None] | None:
        """Return a block in which IAM policies are enforced; None where the permission check cannot run."""

    def spans(self, trace_id: str) -> list[Span] | None:
        """Return the received spans of a trace (32 hexadecimal digits) by start time; None without traces."""


def through_endpoint(endpoint: str, url: str) -> tuple[str, dict[str, str]]:
    """Return the base URL of an emulator's endpoint, and the Host header for a deployed URL.

    The emulator tells APIs, functions and load balancers apart by the host name, which no DNS server knows.
    """
    parts = urlsplit(url)
    name = parts.hostname or ""
    api = name.split(".execute-api.")
    host = f"{api[0]}.execute-api.localhost" if len(api) == 2 else name
    return f"{endpoint}{parts.path.rstrip('/')}", {"Host": f"{host}:{urlsplit(endpoint).port}"}


def without_aws_settings() -> dict[str, str]:
    """Return this process's environment variables without any AWS or CDK settings of yours."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CDK_"))}
    return kept | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
