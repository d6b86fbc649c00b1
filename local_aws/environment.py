"""What a started local AWS is: one value, written down in `build/local/state.json`, read by every later command."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

REPOSITORY = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
ACCOUNT = "000000000000"

EngineKind = Literal["docker", "podman", "processes"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a person may choose about a local run.

    Attributes:
        engine: "auto" takes Docker, then Podman, then plain processes; any other value insists.
        port: the emulator's port on 127.0.0.1; None takes a free one.
        directory: where state, logs and results of the run are kept.
        assembly: the synthesised cloud assembly.
        base_image: base image of the service's image; None leaves it to the Dockerfile, or to BASE_IMAGE.
        leave_out: names of patches of the emulator not to apply; tests use it.
    """

    engine: Literal["auto", "docker", "podman", "processes"] = "auto"
    port: int | None = None
    directory: Path = REPOSITORY / "build" / "local"
    assembly: Path = REPOSITORY / "build" / "local" / "cdk.out"
    base_image: str | None = None
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EngineInfo:
    """The engine that runs the containers.

    Attributes:
        kind: "docker", "podman", or "processes" (no containers: the image's processes run directly).
        version: the engine's own version; "" for processes.
        detail: one short phrase for the screen, such as "rootful, runc".
        url: address of the engine's API; "" for processes.
        desktop: whether containers run in a virtual machine, out of reach by their own addresses.
    """

    kind: EngineKind
    version: str = ""
    detail: str = ""
    url: str = ""
    desktop: bool = False

    @property
    def has_containers(self) -> bool:
        """Whether real containers run."""
        return self.kind != "processes"


@dataclass(frozen=True, kw_only=True)
class LocalEnvironment:
    """A local AWS that was started on this machine.

    Attributes:
        endpoint: the emulator as this machine reaches it, `http://127.0.0.1:PORT`.
        container_endpoint: the emulator as the service reaches it from inside its container.
        engine: what runs the containers.
        emulator_pid: process id of the emulator.
        emulator_started: its start in clock ticks since boot (0 where unknown); tells it from a later one with its id.
        label: value of the label that everything of this run carries in the engine.
        directory: where state, logs and results are kept.
        assembly: the cloud assembly that is deployed.
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

    @property
    def port(self) -> int:
        """The emulator's port."""
        return int(self.endpoint.rsplit(":", 1)[1])

    def client_environment(self) -> dict[str, str]:
        """Environment for AWS clients of this run: the emulator's address, its test keys, none of the reader's own."""
        return scrubbed_environment() | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def save(self) -> None:
        """Write this down for later commands; the file appears whole or not at all."""
        self.directory.mkdir(parents=True, exist_ok=True)
        target = state_file(self.directory)
        draft = target.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self), default=str, indent=2))
        draft.replace(target)


def state_file(directory: Path) -> Path:
    """Where the running local AWS is written down."""
    return directory / "state.json"


def read(directory: Path) -> LocalEnvironment | None:
    """The local AWS that was last started there, or None; says nothing about whether it is still alive."""
    try:
        data: dict[str, Any] = json.loads(state_file(directory).read_text())
        return LocalEnvironment(
            **data
            | {
                "engine": EngineInfo(**data["engine"]),
                "directory": Path(data["directory"]),
                "assembly": Path(data["assembly"]),
            }
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def label_of(directory: Path) -> str:
    """The mark of runs that keep their state in `directory`: of one run after the other, as two cannot share it."""
    return f"local-aws-{hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:10]}"


def scrubbed_environment() -> dict[str, str]:
    """This process's environment without anything that could lead to a reader's real AWS account."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CDK_"))}
    return kept | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
