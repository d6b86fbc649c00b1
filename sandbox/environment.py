"""The environment in an AWS account: the credentials of a profile, and timeouts that fit CloudFormation."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from deployment.containers import ContainerState
from deployment.environment import Timeouts, through_endpoint
from deployment.results import Engine
from deployment.traces import Span
from sandbox.recordings import Recorder

# CloudFormation limits each of its own waits; the run's limit ends all of them. A killed CLI would end nothing.
TIMEOUTS = Timeouts(
    deploy_s=float("inf"),
    poll_s=5.0,
    response_s=30.0,
    healthy_s=900.0,
    tasks_s=900.0,
    orders_s=3600.0,
    orders_stalled_s=600.0,
    traces_s=900.0,
    recovery_s=1800.0,
)
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60)


@dataclass(frozen=True, kw_only=True)
class AccountEnvironment:
    """An AWS account and Region as an `Environment`, or an endpoint in its place.

    Attributes:
        run: ID of the run, for the commands that continue it.
        account: account ID.
        region: the Region.
        directory: directory of the run.
        assembly: the cloud assembly.
        profile: profile of the AWS credentials. Default: None, that of your environment.
        endpoint: URL of the endpoint in place of AWS. Default: "", AWS.
        recordings: directory for redacted responses of AWS. Default: None, they are not recorded.
        timeouts: the timeouts. Default: `TIMEOUTS`.
    """

    run: str
    account: str
    region: str
    directory: Path
    assembly: Path
    profile: str | None = None
    endpoint: str = ""
    recordings: Path | None = None
    name: str = "sandbox"
    timeouts: Timeouts = field(default=TIMEOUTS, compare=False)

    @property
    def runs_on(self) -> Engine:
        """AWS, or the endpoint in its place."""
        return Engine(kind="endpoint" if self.endpoint else "AWS")

    @property
    def runs_containers(self) -> bool:
        """Whether the image is built: always in an account; an endpoint in its place may run without."""
        return not self.endpoint

    @property
    def containers(self) -> None:
        """AWS shows no containers: the drills ask each service for its replicas."""
        return

    @cached_property
    def _session(self) -> boto3.Session:
        session = boto3.Session(profile_name=self.profile, region_name=self.region)
        if self.recordings:
            Recorder(self.recordings, datetime.now(UTC).date()).attach(session.events)
        return session

    def client(self, service: str, keys: Mapping[str, str] | None = None) -> Any:
        """Return a boto3 client with the credentials of the profile, or with those of an assumed role."""
        new: Any = boto3.Session  # its stubs want each key as an argument, and the service's name as a literal
        session: Any = new(region_name=self.region, **keys) if keys else self._session
        return session.client(service, config=_CONFIG, **({"endpoint_url": self.endpoint} if self.endpoint else {}))

    def request_target(self, url: str) -> tuple[str, dict[str, str]]:
        """Return the URL itself; with an endpoint in place of AWS, that endpoint and the Host header."""
        return through_endpoint(self.endpoint, url) if self.endpoint else (url.rstrip("/"), {})

    def cli_environment(self) -> dict[str, str]:
        """Return your environment variables, with the run's Region, profile and endpoint."""
        # The CLI reads them as context or output of the app, which is synthesised already.
        kept = {name: value for name, value in os.environ.items() if name not in ("CDK_CONTEXT_JSON", "CDK_OUTDIR")}
        return (
            kept
            | {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
            | ({"AWS_PROFILE": self.profile} if self.profile else {})
            | ({"AWS_ENDPOINT_URL": self.endpoint} if self.endpoint else {})
        )

    def command(self, verb: str, *arguments: str) -> str:
        """Return a command line to paste; log groups are read with the AWS CLI."""
        if verb == "logs":
            return "aws logs describe-log-groups"
        words = {"deploy": "resume", "down": "destroy"}
        return shlex.join(["python", "-m", "sandbox", words.get(verb, verb), self.run, *arguments])

    def diagnostics_command(self) -> str:
        """Return the command that shows what CloudFormation knows of the account's stacks."""
        return "aws cloudformation describe-stacks"

    def executed_by(self, stack: str, containers: list[ContainerState]) -> tuple[str, str]:  # noqa: ARG002
        """Return what ran the resources of a stack; an account shows everything that AWS does."""
        return self.runs_on.name, ""

    def iam_enforcement(self) -> None:
        """AWS always enforces IAM policies; the local check that turns enforcement on and off cannot run."""

    def spans(self, trace_id: str) -> list[Span] | None:  # noqa: ARG002
        """Return None: a drill retrieves the spans from X-Ray."""
        return None
