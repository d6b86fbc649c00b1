"""The faults of a load, injected into the local environment."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import httpx

from deployment import cdk
from deployment.assembly import Assembly
from deployment.changes import Variant
from deployment.containers import ContainerState
from deployment.environment import Containers
from deployment.errors import ActionableError
from deployment.load.faults import Fault
from deployment.resynthesis import replace_assembly
from local_aws.containers import LocalContainers
from local_aws.emulator.config import DUPLICATE_EVENTS, FAIL_SECRETS, FAULTS_PATH, THROTTLE_TABLE
from local_aws.environment import LocalEnvironment
from local_aws.restart import crash_and_restart

FAULTS: dict[str, str] = {
    THROTTLE_TABLE: "DynamoDB throttles a share of the calls",
    FAIL_SECRETS: "Secrets Manager fails every call",
    "kill-containers": "SIGKILL to all containers of a target, and to a task",
    DUPLICATE_EVENTS: "the pipe delivers a share of the events twice",
    "redeploy-image": "`cdk deploy` of a changed image to all stacks",
    "restart-emulator": "SIGKILL to the emulator and all containers; it keeps state",
}
"""Name -> effect, in the order of injection: a killed container reads its secret while Secrets Manager fails."""

_LASTING = {
    # Name: share of the calls, and seconds.
    THROTTLE_TABLE: (0.3, 5.0),
    FAIL_SECRETS: (1.0, 30.0),
    # Until the next restart, or the end of the load.
    DUPLICATE_EVENTS: (0.3, 3600.0),
}


def choose(names: Collection[str]) -> tuple[str, ...]:
    """Return the faults with these names, in the order of injection. No names: all faults.

    Raises:
        ActionableError: there is no fault of a given name.
    """
    for name in names:
        if name not in FAULTS:
            raise ActionableError(f"there is no fault {name!r}", f"faults are {', '.join(FAULTS)}", "use one of these")
    return tuple(name for name in FAULTS if not names or name in names)


class _Named:
    name: str

    @property
    def text(self) -> str:
        """Its effect, in a few words."""
        return FAULTS[self.name]


@dataclass
class KillContainers(_Named):
    """SIGKILL to all containers of a target, and to one task of the workflow.

    Attributes:
        containers: the containers of the app.
        assembly: the app.
        targets: IDs of the targets.
    """

    containers: Containers
    assembly: Assembly
    targets: Collection[str]
    name: str = "kill-containers"
    _killed: int = field(default=0, init=False)

    def inject(self) -> None:
        """Kill them."""
        running = [one for one in self.containers.describe() if one.status == "running"]
        owned = [own for name in sorted(self.targets) if (own := self.assembly.containers_of(name, running))]
        chosen = random.choice(owned) if owned else []  # noqa: S311 - not a secret
        for container in chosen + self._task(running):
            self.containers.kill(container)
            self._killed += 1

    @staticmethod
    def _task(running: list[ContainerState]) -> list[ContainerState]:
        tasks = [one for one in running if one.role == "task"]
        return [random.choice(tasks)] if tasks else []  # noqa: S311 - not a secret

    def end(self) -> None:
        """Do nothing: it does not last."""

    def hits(self) -> int:
        """Return the number of killed containers."""
        return self._killed


@dataclass
class EmulatorFault(_Named):
    """A fault of one of the emulator's services, for some seconds.

    Attributes:
        environment: the running environment.
        name: name of the fault.
    """

    environment: LocalEnvironment
    name: str
    _before: int = field(default=0, init=False)

    def inject(self) -> None:
        """Start it."""
        share, seconds = _LASTING[self.name]
        self._start(share, seconds)

    def end(self) -> None:
        """End it now."""
        self._start(0.0, 0.0)

    def hits(self) -> int:
        """Return the number of calls or events that it hit."""
        return self._before + self._count()

    def remember(self) -> None:
        """Keep the count, which the emulator is about to lose."""
        self._before += self._count()

    def _count(self) -> int:
        response = httpx.get(f"{self.environment.endpoint}{FAULTS_PATH}", timeout=15)
        return int(response.raise_for_status().json()[self.name])

    def _start(self, share: float, seconds: float) -> None:
        url = f"{self.environment.endpoint}{FAULTS_PATH}"
        try:
            response = httpx.post(url, json={"name": self.name, "share": share, "seconds": seconds}, timeout=15)
            response.raise_for_status()
        except httpx.HTTPError as error:
            fix = self.environment.diagnostics_command()
            raise ActionableError(f"{self.name} was not started", str(error), fix) from error


@dataclass
class RedeployImage(_Named):
    """`cdk deploy` of the app with another image: the changed one, and the original one, in turn.

    Attributes:
        environment: the running environment.
        calm: ends faults of the emulator that would fail a deployment on AWS, too.
        base_image: base image of the service's image. Default: `BASE_IMAGE`, or the Dockerfile's own.
        variables: more environment variables for the app.
        concurrency: how many stacks are deployed at the same time.
    """

    environment: LocalEnvironment
    calm: Callable[[], None]
    base_image: str | None
    variables: Mapping[str, str]
    concurrency: int
    name: str = "redeploy-image"
    _deployed: int = field(default=0, init=False)

    def inject(self) -> None:
        """Deploy once."""
        self.calm()
        variant = Variant(new_image=self._deployed % 2 == 0)
        replace_assembly(self.environment, variant, base_image=self.base_image, variables=self.variables)
        cdk.deploy(self.environment, concurrency=self.concurrency)
        self._deployed += 1

    def end(self) -> None:
        """Do nothing: it does not last."""

    def hits(self) -> int:
        """Return the number of deployments."""
        return self._deployed


@dataclass
class RestartEmulator(_Named):
    """SIGKILL to the emulator and to everything that it runs, and a new emulator with the durable state.

    Attributes:
        environment: the running environment.
        before: called before the restart.
    """

    environment: LocalEnvironment
    before: Callable[[], None]
    name: str = "restart-emulator"
    _restarts: int = field(default=0, init=False)

    def inject(self) -> None:
        """Restart it once."""
        self.before()
        self.environment = crash_and_restart(self.environment)
        self._restarts += 1

    def end(self) -> None:
        """Do nothing: it does not last."""

    def hits(self) -> int:
        """Return the number of restarts."""
        return self._restarts


def faults(
    environment: LocalEnvironment,
    names: Collection[str],
    assembly: Assembly,
    targets: Collection[str],
    *,
    base_image: str | None,
    variables: Mapping[str, str],
    concurrency: int,
) -> list[Fault]:
    """Return the faults with these names, in the order of the names.

    Args:
        environment: The running environment.
        names: Names in `FAULTS`.
        assembly: The app.
        targets: IDs of the targets.
        base_image: Base image of the service's image. Default: `BASE_IMAGE`, or the Dockerfile's own.
        variables: More environment variables for the app.
        concurrency: How many stacks are deployed at the same time.
    """
    lasting = {name: EmulatorFault(environment, name) for name in names if name in _LASTING}

    def calm() -> None:
        for name in lasting.keys() & {THROTTLE_TABLE, FAIL_SECRETS}:
            lasting[name].end()

    def remember() -> None:
        for fault in lasting.values():
            fault.remember()

    all_faults: dict[str, Fault] = {
        "kill-containers": KillContainers(LocalContainers(environment), assembly, targets),
        **lasting,
        "redeploy-image": RedeployImage(environment, calm, base_image, variables, concurrency),
        "restart-emulator": RestartEmulator(environment, remember),
    }
    return [all_faults[name] for name in names]
