"""The engine that the emulator's services start containers with: Docker or Podman, or plain processes."""

from __future__ import annotations

from typing import Any, Protocol

from local_aws.emulator.config import EmulatorConfig


class Engine(Protocol):
    """The part of the Docker SDK's client that MiniStack's ECS and Lambda use.

    Attributes:
        containers: `run`, `get`, `list`; containers also know `exec_run`.
        images: `get`, `pull`, `get_registry_data`.
    """

    containers: Any
    images: Any

    def close(self) -> None:
        """Let go of the engine, and of processes that only live as long as it."""


def connect(config: EmulatorConfig) -> Engine:
    """The engine that `config` names."""
    if config.engine == "processes":
        from local_aws.engine.processes import ProcessEngine

        return ProcessEngine(config)
    from local_aws.engine.containers import ContainerEngine

    return ContainerEngine(config)
