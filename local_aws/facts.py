"""What containers, or processes standing in for them, really did: asked of the engine, never of the emulator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

from deployment.containers import ContainerState
from local_aws.engine import container_inspect, process_inspect
from local_aws.environment import LocalEnvironment

__all__ = ["ContainerState", "containers", "health", "kill", "logs"]

_FOLLOW_S = 0.5


def containers(running: LocalEnvironment, stack: str | None = None) -> list[ContainerState]:
    """Containers of the run, those of one stack if named, oldest first; exited ones included."""
    return [fact for fact in _source(running).containers(running) if stack in (None, fact.stack)]


def health(running: LocalEnvironment, fact: ContainerState) -> str | None:
    """Run the health check of the container's task definition now: "healthy", "unhealthy", or None without one."""
    return _source(running).health(running, fact)


def kill(running: LocalEnvironment, fact: ContainerState) -> None:
    """Kill it without a warning, as a crash would; nothing happens where it has ended already."""
    _source(running).kill(running, fact)


def logs(running: LocalEnvironment, stack: str, *, follow: bool = False) -> Iterator[str]:
    """Lines that containers of `stack` wrote, each after its container's name; with `follow` also those to come."""
    told: dict[str, int] = {}
    while True:
        for fact in containers(running, stack):
            lines = _source(running).output(running, fact).splitlines()
            # A line without its end is told when it is whole.
            yield from (f"{fact.name} | {line}" for line in lines[told.get(fact.name, 0) :])
            told[fact.name] = len(lines)
        if not follow:
            return
        time.sleep(_FOLLOW_S)


class _Source(Protocol):
    """Where facts come from."""

    def containers(self, running: LocalEnvironment) -> list[ContainerState]: ...

    def health(self, running: LocalEnvironment, fact: ContainerState) -> str | None: ...

    def kill(self, running: LocalEnvironment, fact: ContainerState) -> None: ...

    def output(self, running: LocalEnvironment, fact: ContainerState) -> str: ...


def _source(running: LocalEnvironment) -> _Source:
    return container_inspect if running.engine.has_containers else process_inspect
