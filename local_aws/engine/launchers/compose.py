"""Docker Compose starts a container from the file and the variables that Elastic Beanstalk would use."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.formats import compose_file
from local_aws.engine.launchers.launcher import run_tool, secret_file

# The plugin, which Beanstalk uses, and the program of Debian 12: both read the same file.
_COMMANDS = (("docker", "compose"), ("docker-compose",))


class Compose:
    """Compose runs the file's only service with the run's image name, container name, network, labels and variables."""

    def tool(self, config: EmulatorConfig) -> str:
        """See `Launcher`."""
        found = (f"{' '.join(command)} {version}" for command, version in _installed())
        return next(found, "") if config.engine_url else ""

    def start(self, file: Path, image: str, options: Mapping[str, Any], config: EmulatorConfig) -> str:
        """See `Launcher`. ECS replaces a container that exits, so Compose must not restart it."""
        name = str(options["name"])
        service = compose_file.read(file)
        # The emulator has read the secrets, which the file requires.
        kept = [entry for entry in service["environment"] if ":?" not in entry]
        defined = {entry.split("=", 1)[0] for entry in kept}
        added = [f"{key}={_escape(value)}" for key, value in options["environment"].items() if key not in defined]
        service |= {
            "image": _escape(image),
            "container_name": name,
            "restart": "no",
            "labels": {label: _escape(value) for label, value in options["labels"].items()},
            "environment": [*kept, *added],
            "ports": [f"127.0.0.1::{port.split('/')[0]}" for port in options.get("ports") or {}],
        }
        # The driver would send the log to AWS; here it stays in the engine.
        service.pop("logging", None)
        networks = {"default": {"name": options["network"], "external": True}}
        adapted = file.with_name(f"{name}.yml")
        with secret_file(adapted, yaml.safe_dump({"services": {"main": service}, "networks": networks})):
            command, _ = next(_installed())
            project = ["--project-name", name.lower(), "--env-file", str(file.with_name(".env"))]
            run_tool([*command, *project, "--file", str(adapted), "up", "--detach"], DOCKER_HOST=config.engine_url)
        return name


@functools.cache
def _version(command: tuple[str, ...]) -> str:
    try:
        return run_tool([*command, "version", "--short"]).strip() if shutil.which(command[0]) else ""
    except RuntimeError:
        # The Docker client has no Compose plugin.
        return ""


def _installed() -> Iterator[tuple[tuple[str, ...], str]]:
    yield from ((command, version) for command in _COMMANDS if (version := _version(command)))


def _escape(value: str) -> str:
    """Escape dollar signs, which Compose would interpolate."""
    return value.replace("$", "$$")
