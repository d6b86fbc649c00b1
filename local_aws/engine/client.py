"""The engine's client for the emulator process: the part of the Docker SDK that MiniStack uses."""

from __future__ import annotations

from typing import Any, Protocol

from local_aws.emulator.config import EmulatorConfig


class Engine(Protocol):
    """The part of the Docker SDK's client that MiniStack's ECS and Lambda use.

    Attributes:
        containers: `run`, `get` and `list`; its containers have `exec_run`.
        images: `get`, `pull` and `get_registry_data`.
    """

    containers: Any
    images: Any

    def close(self) -> None:
        """Close the connection, and end processes that live only as long as the engine."""


def connect(config: EmulatorConfig) -> Engine:
    """Connect to the engine that `config` names."""
    if config.engine == "processes":
        from local_aws.engine.processes import ProcessEngine

        return ProcessEngine(config)
    from local_aws.engine.container_engine import ContainerEngine

    return ContainerEngine(config)
