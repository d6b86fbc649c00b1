"""Launchers start a container from a generated file with the platform's own tool, if this machine has it.

An emulated service names the file that it was read from. The launcher adapts only what this machine needs: the image's
name, the run's network and labels, credentials, and no published ports.
"""

from __future__ import annotations

from pathlib import Path

from local_aws.emulator.config import EmulatorConfig
from local_aws.engine.launchers.compose import Compose
from local_aws.engine.launchers.kube_play import KubePlay
from local_aws.engine.launchers.launcher import Launcher
from local_aws.engine.launchers.quadlet import Quadlet

LAUNCHERS: dict[str, Launcher] = {
    "docker-compose.yml": Compose(),
    ".container": Quadlet(),
    ".pod.json": KubePlay(),
}
"""End of the file name -> launcher."""


def launcher_for(file: Path, config: EmulatorConfig) -> Launcher | None:
    """The launcher for `file`; None if the engine must start the container itself."""
    for suffix, launcher in LAUNCHERS.items():
        if file.name.endswith(suffix) and launcher.tool(config):
            return launcher
    return None
