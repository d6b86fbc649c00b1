"""Containers of the local run, or the processes in their place, from the engine itself and not from the emulator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from docker.errors import ImageNotFound

from deployment.containers import ContainerState
from local_aws.emulator.config import TASK_LABEL
from local_aws.engine import container_inspect, process_inspect
from local_aws.engine.detect import docker_client
from local_aws.environment import LocalEnvironment

_FOLLOW_S = 0.5
_MIB = 1024 * 1024


class _Engine(Protocol):
    def containers(self, running: LocalEnvironment, /) -> list[ContainerState]: ...
    def health(self, running: LocalEnvironment, container: ContainerState, /) -> str | None: ...
    def kill(self, running: LocalEnvironment, container: ContainerState, /) -> None: ...
    def output(self, running: LocalEnvironment, container: ContainerState, /) -> str: ...


@dataclass(frozen=True)
class LocalContainers:
    """The containers of one local run."""

    environment: LocalEnvironment

    @property
    def _engine(self) -> _Engine:
        return container_inspect if self.environment.engine.has_containers else process_inspect

    def describe(self, stack: str | None = None) -> list[ContainerState]:
        """Return the containers of one stack, or of all, the oldest first; exited ones included."""
        return [one for one in self._engine.containers(self.environment) if stack in (None, one.stack)]

    def health(self, container: ContainerState) -> str | None:
        """Run the health check of its task definition now: "healthy", "unhealthy", or None without one."""
        return self._engine.health(self.environment, container)

    def kill(self, container: ContainerState) -> None:
        """Send SIGKILL; no error if it has exited already."""
        self._engine.kill(self.environment, container)

    def stop(self, container: ContainerState) -> bool:
        """Stop its task through ECS: deregistration, SIGTERM, stop timeout; returns whether ECS runs it."""
        task = container.labels.get(TASK_LABEL, "")
        if not task:
            return False
        self.environment.client("ecs").stop_task(cluster=task.split("/")[-2], task=task)
        return True

    def logs(self, stack: str, *, follow: bool = False) -> Iterator[str]:
        """Yield the log lines of a stack as "container | line"; with `follow`, also those to come."""
        printed: dict[str, int] = {}
        while True:
            for container in self.describe(stack):
                lines = self._engine.output(self.environment, container).splitlines()
                yield from (f"{container.name} | {line}" for line in lines[printed.get(container.name, 0) :])
                printed[container.name] = len(lines)
            if not follow:
                return
            time.sleep(_FOLLOW_S)

    def image_mib(self, image_ids: frozenset[str]) -> float | None:
        """Return the unpacked size of the image with one of these IDs in MiB; None where unknown."""
        with docker_client(self.environment.engine) as docker:
            for identifier in sorted(image_ids):
                try:
                    return round(int(docker.images.get(identifier).attrs["Size"]) / _MIB, 1)
                except ImageNotFound:
                    continue
        return None
