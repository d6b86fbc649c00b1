"""An environment without any AWS: the clients and capabilities that a test gives it, and none else."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from deployment.containers import ContainerState
from deployment.environment import Timeouts
from deployment.results import Engine
from deployment.traces import Span

CONTAINER = ContainerState(
    id="1",
    name="orders",
    stack="OrdersOnEcsFargate",
    role="service",
    image="orders:1",
    image_digest="sha256:new",
    user="10001:10001",
    read_only=True,
    memory_mib_limit=512,
    cpus=0.25,
    status="running",
    exit_code=None,
    oom_killed=False,
    memory_mib_used=58.0,
    command=("serve",),
)


def container(**changes: Any) -> ContainerState:
    return replace(CONTAINER, **changes)


@dataclass
class FakeEnvironment:
    """An environment by the name of "fake"."""

    clients: dict[str, Any] = field(default_factory=dict)
    containers: Any = None
    directory: Path = Path()
    assembly: Path = Path()
    name: str = "fake"
    region: str = "eu-central-1"
    account: str = "111122223333"
    endpoint: str = ""
    timeouts: Timeouts = field(default_factory=Timeouts)
    runs_on: Engine = field(default_factory=lambda: Engine(kind="AWS"))
    runs_containers: bool = True

    def client(self, service: str, keys: Any = None) -> Any:  # noqa: ARG002
        return self.clients[service]

    def request_target(self, url: str) -> tuple[str, dict[str, str]]:
        return url, {}

    def cli_environment(self) -> dict[str, str]:
        return {}

    def command(self, verb: str, *arguments: str) -> str:
        return " ".join(["fake", verb, *arguments])

    def diagnostics_command(self) -> str:
        return "fake logs"

    def executed_by(self, stack: str, containers: list[ContainerState]) -> tuple[str, str]:  # noqa: ARG002
        return self.runs_on.name, ""

    def iam_enforcement(self) -> None:
        return None

    def spans(self, trace_id: str) -> list[Span] | None:  # noqa: ARG002
        return None
