"""The environment on this machine: a running emulator, written to `build/local/state.json` for later commands."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import boto3
import httpx

from deployment import traces
from deployment.assembly import Assembly
from deployment.containers import ContainerState
from deployment.environment import Containers, Timeouts, through_endpoint, without_aws_settings
from deployment.errors import ActionableError
from deployment.paths import DEFAULT_DIRECTORY
from deployment.results import Engine
from deployment.slowdown import slowdown
from local_aws.emulator.config import ENFORCEMENT_PATH, LAUNCHER_LABEL, SPANS_FILE
from local_aws.emulator.services import EXECUTORS
from local_aws.engine.processes import RUN_VARIABLE

REGION = "us-east-1"
ACCOUNT = "000000000000"
DOCKER_CONFIG = "docker-config"
STATE_FILE = "state.json"
_KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}

EngineKind = Literal["docker", "podman", "processes"]
EngineChoice = Literal["auto", "docker", "podman", "processes"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of the local environment.

    Attributes:
        engine: container engine. "auto" uses Docker, then Podman, then plain processes. Default: "auto".
        port: port of the emulator on 127.0.0.1. Default: a free one.
        directory: directory for state, logs and results. Default: build/local.
        assembly: the cloud assembly to deploy. Default: `cdk.out` in the directory.
        base_image: base image of the service's image. Default: `BASE_IMAGE`, or the Dockerfile's own.
        remove_exited: whether containers of tasks are removed when they have exited. Default: False.
        leave_out: names of emulator patches to skip, for tests. Default: none.
        account: the AWS account of the emulator. Default: 000000000000.
        region: its Region. Default: us-east-1.
    """

    engine: EngineChoice = "auto"
    port: int | None = None
    directory: Path = DEFAULT_DIRECTORY
    assembly: Path = DEFAULT_DIRECTORY / "cdk.out"
    base_image: str | None = None
    remove_exited: bool = False
    leave_out: tuple[str, ...] = ()
    account: str = ACCOUNT
    region: str = REGION


@dataclass(frozen=True, kw_only=True)
class EngineInfo:
    """The container engine.

    Attributes:
        kind: "docker", "podman", or "processes" (no containers: the image's processes run directly).
        version: the engine's version; "" for processes.
        detail: a short phrase for the screen, such as "rootful, runc".
        url: URL of the engine's API; "" for processes.
        desktop: whether containers run in a virtual machine, where their own addresses are not reachable.
    """

    kind: EngineKind
    version: str = ""
    detail: str = ""
    url: str = ""
    desktop: bool = False

    @property
    def has_containers(self) -> bool:
        """Whether containers run."""
        return self.kind != "processes"


@dataclass(frozen=True, kw_only=True)
class LocalEnvironment:
    """A running emulator as an `Environment`.

    Attributes:
        endpoint: URL of the emulator on this machine, `http://127.0.0.1:PORT`.
        container_endpoint: URL of the emulator inside a container.
        engine: the container engine.
        emulator_pid: process ID of the emulator.
        emulator_started: its start in clock ticks since boot, which tells it from a later process with the same ID; 0
            where unknown.
        label: value of the label on everything of this run in the engine.
        directory: directory for state, logs and results.
        assembly: the deployed cloud assembly.
        containers: the containers of the run; `lifecycle` sets it.
    """

    endpoint: str
    container_endpoint: str
    engine: EngineInfo
    emulator_pid: int
    emulator_started: int
    label: str
    directory: Path
    assembly: Path
    region: str = REGION
    account: str = ACCOUNT
    name: str = "local"
    containers: Containers | None = field(default=None, compare=False, repr=False)

    @property
    def timeouts(self) -> Timeouts:
        """The timeouts of a run, longer while other programs want the CPUs as well."""
        return Timeouts().scaled(slowdown())

    @property
    def port(self) -> int:
        """The emulator's port."""
        return int(self.endpoint.rsplit(":", 1)[1])

    @property
    def runs_on(self) -> Engine:
        """The container engine, for the results."""
        return Engine(kind=self.engine.kind, version=self.engine.version, detail=self.engine.detail)

    @property
    def runs_containers(self) -> bool:
        """Whether the image is built and runs in containers."""
        return self.engine.has_containers

    def client(self, service: str, keys: Mapping[str, str] | None = None) -> Any:
        """Return a boto3 client of the emulator that ignores your own AWS settings."""
        make: Any = boto3.Session  # its stubs want the service's name as a literal
        return make(region_name=self.region, **(keys or _KEYS)).client(service, endpoint_url=self.endpoint)

    def request_target(self, url: str) -> tuple[str, dict[str, str]]:
        """Return the emulator's base URL and the Host header for a deployed URL."""
        return through_endpoint(self.endpoint, url)

    def client_environment(self) -> dict[str, str]:
        """Return environment variables that lead any AWS client to the emulator."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": _KEYS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": _KEYS["aws_secret_access_key"],
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def shell_settings(self) -> str:
        """Return the shell command that sets `client_environment`."""
        return shlex.join(["export", *(f"{name}={value}" for name, value in self.client_environment().items())])

    def cli_environment(self) -> dict[str, str]:
        """Return the environment variables for the CDK CLI: the emulator, the engine, and none of your AWS settings.

        Raises:
            ActionableError: the engine's command line is missing.
        """
        return without_aws_settings() | self.client_environment() | {RUN_VARIABLE: self.label} | self._docker()

    def _docker(self) -> dict[str, str]:
        if not self.engine.has_containers:
            return {}
        if shutil.which(self.engine.kind) is None:
            raise ActionableError(
                f"the program `{self.engine.kind}` is missing, though its engine responds",
                "the CDK CLI builds the image with it",
                "install it, or run without containers: --engine processes",
            )
        config = (self.directory / DOCKER_CONFIG).resolve()
        config.mkdir(parents=True, exist_ok=True)
        plugins = Path.home() / ".docker" / "cli-plugins"
        if plugins.is_dir() and not (config / plugins.name).exists():
            (config / plugins.name).symlink_to(plugins)
        registries = config / "registries.conf"
        registries.write_text(f'[[registry]]\nlocation = "127.0.0.1:{self.port}"\ninsecure = true\n')
        return {
            "CDK_DOCKER": self.engine.kind,
            "DOCKER_HOST": self.engine.url,
            # A login would otherwise change your own configuration.
            "DOCKER_CONFIG": str(config),
            "REGISTRY_AUTH_FILE": str(config / "auth.json"),
            # Podman accepts a registry without TLS only if it is listed.
            "CONTAINERS_REGISTRIES_CONF": str(registries),
            # Lambda rejects images with attestations.
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
        }

    def command(self, verb: str, *arguments: str) -> str:
        """Return a command line to paste."""
        return shlex.join(["python", "-m", "local_aws", verb, *arguments])

    def diagnostics_command(self) -> str:
        """Return the command that prints the emulator's log."""
        return self.command("logs", "emulator")

    def executed_by(self, stack: str, containers: list[ContainerState]) -> tuple[str, str]:
        """Return what ran a stack's resources, and what AWS does in addition that is not shown.

        The first text is the engine, such as "docker 20.10", and after semicolons the tool that started the containers,
        and the emulator's own service or the one that this project emulates.
        """
        templates = [found.template for found in Assembly.load(self.assembly).stacks if found.name == stack]
        types = {
            one["Type"] for template in templates for one in json.loads(template.read_text())["Resources"].values()
        }
        executors = [executor for kind, executor in EXECUTORS.items() if kind in types]
        tools = sorted({one.labels[LAUNCHER_LABEL] for one in containers if LAUNCHER_LABEL in one.labels})
        words = [self.runs_on.name, *(f"started by {tool}" for tool in tools), *(name for name, _ in executors)]
        return "; ".join(words), "; ".join(not_shown for _, not_shown in executors)

    @contextmanager
    def iam_enforcement(self) -> Iterator[None]:
        """Enforce IAM policies in the block.

        Stacks are deployed without: the bootstrap bucket requires TLS, which the emulator does not offer.
        """
        url = f"{self.endpoint}{ENFORCEMENT_PATH}"
        httpx.post(url, json={"enforce": True}, timeout=5).raise_for_status()
        try:
            yield
        finally:
            httpx.post(url, json={"enforce": False}, timeout=5).raise_for_status()

    def spans(self, trace_id: str) -> list[traces.Span]:
        """Return the spans of a trace that the emulator received in place of X-Ray."""
        try:
            received = (self.directory / SPANS_FILE).read_bytes()
        except FileNotFoundError:
            return []
        return [span for span in traces.decode(received) if span.trace_id == trace_id]

    def save(self) -> None:
        """Write the state file atomically."""
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / STATE_FILE
        draft = path.with_suffix(".draft")
        kept = {name: value for name, value in vars(self).items() if name not in ("containers", "engine")}
        draft.write_text(json.dumps(kept | {"engine": asdict(self.engine)}, default=str, indent=2))
        draft.replace(path)


def read(directory: Path) -> LocalEnvironment | None:
    """Return the environment in the state file, or None; its emulator may have ended since."""
    try:
        data: dict[str, Any] = json.loads((directory / STATE_FILE).read_text())
        paths = {name: Path(data[name]) for name in ("directory", "assembly")}
        return LocalEnvironment(**data | paths | {"engine": EngineInfo(**data["engine"])})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def label_of(directory: Path) -> str:
    """Return the label of the runs in `directory`, which can only be one at a time."""
    return f"local-aws-{hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:10]}"
