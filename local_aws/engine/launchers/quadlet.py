"""Podman's Quadlet generator starts a container with the command that systemd would run on an EC2 instance."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.formats import quadlet_unit
from local_aws.engine.launchers.launcher import run_tool, secret_file

# Paths of the generator: where `.ci/podman` installs the one of Debian 13, and where a recent Podman has its own.
_GENERATORS = ("/usr/local/libexec/podman/quadlet", "/usr/libexec/podman/quadlet")
# Options that only systemd needs, and the unit's own name, network and port, which would collide on this machine.
_DROPPED = ("--cgroups=", "--cidfile=", "--sdnotify=", "--replace", "--rm")
_DROPPED_WITH_VALUE = ("--env-file", "--log-driver", "--name", "--publish")


class Quadlet:
    """The generator writes the command; Podman runs it with the run's image name, network, labels and variables."""

    def tool(self, config: EmulatorConfig) -> str:
        """See `Launcher`."""
        version = _version() if config.engine == "podman" and shutil.which("podman") else ""
        return f"Podman's Quadlet generator {version}" if version else ""

    def start(self, file: Path, image: str, options: Mapping[str, Any], config: EmulatorConfig) -> str:
        """See `Launcher`. The container is kept after its exit, so that its logs stay available."""
        words = list(_without_dropped(generate(file)))
        position = words.index(quadlet_unit.read(file.read_text())["Image"])
        variables = file.with_name(f"{options['name']}.env")
        added = ["--name", options["name"], "--network", options["network"], "--env-file", str(variables)]
        for name, value in options["labels"].items():
            added += ["--label", f"{name}={value}"]
        for port in options.get("ports") or {}:
            added += ["--publish", f"127.0.0.1::{port}"]
        podman = ["podman", "--remote", "--url", config.engine_url, "run"]
        environment = "".join(f"{name}={value}\n" for name, value in options["environment"].items())
        with secret_file(variables, environment):
            run_tool([*podman, *words[:position], *added, image, *words[position + 1 :]])
        return str(options["name"])


def generate(file: Path) -> list[str]:
    """Options, image and command of `podman run` for a unit, which must be the only one in its directory.

    Raises:
        RuntimeError: the generator rejected the unit.
    """
    service = run_tool([_generator(), "-dryrun"], QUADLET_UNIT_DIRS=str(file.parent))
    [line] = re.findall(r"^ExecStart=\S+/podman run (.*)$", service, re.MULTILINE)
    return [quadlet_unit.unescape(word) for word in shlex.split(line)]


def _without_dropped(words: list[str]) -> Iterator[str]:
    remaining = iter(words)
    for word in remaining:
        if word in _DROPPED_WITH_VALUE:
            next(remaining)
        elif not word.startswith(_DROPPED):
            yield word


def _generator() -> str:
    return next(filter(os.path.exists, _GENERATORS), "")


@functools.cache
def _version() -> str:
    return run_tool([_generator(), "--version"]).strip() if _generator() else ""
