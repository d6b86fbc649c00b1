"""The whole of one run, and the file that holds it."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from deployment.errors import ActionableError

from .deployment import DeploymentResult
from .isolation import IsolationResult
from .outcome import Outcome
from .target import TargetResult
from .workflow import PermissionResult, WorkflowResult

SCHEMA = 2
FILE_NAME = "results.json"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What ran the containers: kind is "docker", "podman" or "processes"."""

    kind: str
    version: str = ""
    detail: str = ""

    @property
    def name(self) -> str:
        """Kind and version as people write them: "docker 20.10.24", "processes"."""
        return " ".join((self.kind, self.version.split("+")[0])).strip()


@dataclass(frozen=True, kw_only=True)
class Results:
    """One run.

    Attributes:
        schema: version of this file's shape; a reader refuses another.
        started_at: ISO 8601, UTC.
        endpoint: where the emulator answered.
        machine: what it all ran on, such as "2 × AMD EPYC, 15 GiB, Debian 12, x86_64"; "" in results of before it.
        image_digest: manifest digest of the image that every target and workflow step ran; "" without an engine.
        image_mib: its size on disk in MiB, unpacked, its base included; None where it is not known.
        image_pull_mib: what a pull of it brings in MiB, compressed, its base included; None where it is not known.
        deployment: what became of `cdk deploy`; None in results of before it.
        targets: target id -> what became of it.
        workflow: None when the run ended before it.
        permissions: None when the run ended before it.
        isolation: None when the run ended before it.
        steps: step -> seconds, in the order in which they started; some go on at the same time.
        seconds: from the first step to the end of the last one.
    """

    schema: int = SCHEMA
    started_at: str
    endpoint: str
    engine: Engine
    machine: str = ""
    image_digest: str = ""
    image_mib: float | None = None
    image_pull_mib: float | None = None
    deployment: DeploymentResult | None = None
    targets: dict[str, TargetResult] = field(default_factory=dict)
    workflow: WorkflowResult | None = None
    permissions: PermissionResult | None = None
    isolation: IsolationResult | None = None
    steps: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def failed(self) -> bool:
        """Whether anything failed; what was not run did not fail."""
        outcomes = [target.outcome for target in self.targets.values()]
        parts = (self.deployment, self.workflow, self.permissions, self.isolation)
        outcomes += [part.outcome for part in parts if part]
        return Outcome.FAILED in outcomes


def write(results: Results, directory: Path) -> Path:
    """Write the results whole or not at all, and return the file's path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / FILE_NAME
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    draft.replace(path)
    return path


def read(directory: Path) -> Results:
    """Read the results of the last run.

    Raises:
        ActionableError: there are none, or they have another shape.
    """
    path = directory / FILE_NAME
    again = "python -m local_aws run"
    try:
        results = msgspec.json.decode(path.read_bytes(), type=Results)
    except FileNotFoundError:
        raise ActionableError(f"{path} does not exist", "no run has finished here yet", again) from None
    except msgspec.DecodeError as error:
        raise ActionableError(f"{path} cannot be read", str(error), again) from None
    if results.schema != SCHEMA:
        raise ActionableError(f"{path} has schema {results.schema}", f"this version reads schema {SCHEMA}", again)
    return results
