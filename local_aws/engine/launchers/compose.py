"""Docker Compose: the container starts by the file and the variables that Elastic Beanstalk would start it by."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from local_aws.emulator.config import EmulatorConfig

# The plugin, as Beanstalk has it, and what Debian 12 has: both read the same file.
_COMMANDS = (("docker", "compose"), ("docker-compose",))


class Compose:
    """Compose runs the file's one service, with this run's image address, name, network, labels and variables."""

    def tool(self, config: EmulatorConfig) -> str:
        """Which one; "" where there is none."""
        return (
            next((f"{' '.join(command)} {version}" for command, version in _found()), "") if config.engine_url else ""
        )

    def start(self, file: Path, image: str, options: Mapping[str, Any], config: EmulatorConfig) -> str:
        """Start the service's container; ECS replaces one that ends, so compose must not."""
        name = str(options["name"])
        [service] = yaml.safe_load(file.read_text())["services"].values()
        told = {entry.split("=", 1)[0] for entry in service["environment"]}
        added = {name: value for name, value in options["environment"].items() if name not in told}
        service |= {
            "image": _literal(image),
            "container_name": name,
            "restart": "no",
            "labels": {label: _literal(value) for label, value in options["labels"].items()},
            "environment": [*service["environment"], *(f"{key}={_literal(value)}" for key, value in added.items())],
            "ports": [f"127.0.0.1::{inside.split('/')[0]}" for inside in options.get("ports") or {}],
        }
        networks = {"default": {"name": options["network"], "external": True}}
        adapted = file.with_name(f"{name}.yml")
        # It holds the keys of a role: written for the moment in which compose reads it.
        adapted.touch(mode=0o600)
        adapted.write_text(yaml.safe_dump({"services": {"main": service}, "networks": networks}))
        try:
            _up(adapted, name.lower(), config)
        finally:
            adapted.unlink()
        return name


def _up(file: Path, project: str, config: EmulatorConfig) -> None:
    command, _ = next(_found())
    told = ["--project-name", project, "--env-file", str(file.with_name(".env")), "--file", str(file)]
    _run([*command, *told, "up", "--detach"], DOCKER_HOST=config.engine_url)


@functools.cache
def _version(command: tuple[str, ...]) -> str:
    try:
        return _run([*command, "version", "--short"]).strip() if shutil.which(command[0]) else ""
    except RuntimeError:
        # A client without the plugin.
        return ""


def _found() -> Iterator[tuple[tuple[str, ...], str]]:
    yield from ((command, version) for command in _COMMANDS if (version := _version(command)))


def _literal(value: str) -> str:
    """Compose fills in what follows a dollar sign."""
    return value.replace("$", "$$")


def _run(command: list[str], **environment: str) -> str:
    done = subprocess.run(  # noqa: S603
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:2])} said: {done.stderr.strip()[-500:]}")
    return done.stdout
