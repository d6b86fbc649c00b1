"""Tools that start a container by a generated file: the platform's own way, where it is at hand on this machine.

A stand-in says which file its service was read from. A launcher starts the container by that file and adapts no more
than this machine needs: the image's address, the run's network and labels, credentials, no published ports.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from local_aws.emulator.config import EmulatorConfig
from local_aws.engine.launchers.compose import Compose
from local_aws.engine.launchers.pods import KubePlay
from local_aws.engine.launchers.quadlet import Quadlet


class Launcher(Protocol):
    """One such tool."""

    def tool(self, config: EmulatorConfig) -> str:
        """What results call it, such as "docker-compose 1.29.2"; "" where it is not at hand."""

    def start(self, file: Path, image: str, options: Mapping[str, Any], config: EmulatorConfig) -> str:
        """Start one container and return its name or id.

        Args:
            file: the generated file.
            image: the image's address on this machine.
            options: what `containers.run` of the Docker SDK would get: `name`, `environment`, `labels`, `network`, ...
            config: the emulator's settings.

        Raises:
            RuntimeError: the tool refused; says what it said.
        """


LAUNCHERS: dict[str, Launcher] = {
    "docker-compose.yml": Compose(),
    ".container": Quadlet(),
    ".pod.json": KubePlay(),
}
"""End of the file's name -> who starts containers by it."""


def launcher_for(file: Path, config: EmulatorConfig) -> Launcher | None:
    """The tool that starts containers by `file`; None where the engine has to do without one."""
    for ending, launcher in LAUNCHERS.items():
        if file.name.endswith(ending) and launcher.tool(config):
            return launcher
    return None
