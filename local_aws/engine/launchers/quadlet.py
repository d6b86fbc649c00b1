"""Podman's Quadlet generator: the container starts by the command that systemd would run on a virtual machine."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local_aws.emulator.config import EmulatorConfig

# Where `.ci/podman` puts Debian 13's; where a Podman that is new enough has its own.
_GENERATORS = ("/usr/local/libexec/podman/quadlet", "/usr/libexec/podman/quadlet")
# systemd's part of the work, and what a container of this run may not have: somebody else's name, network and port.
_DROPPED = ("--cgroups=", "--cidfile=", "--sdnotify=", "--replace", "--rm")
_DROPPED_WITH_VALUE = ("--env-file", "--log-driver", "--name", "--publish")


class Quadlet:
    """The generator makes the command; Podman runs it, with this run's image address, network, labels and variables."""

    def tool(self, config: EmulatorConfig) -> str:
        """Which generator; "" without Podman."""
        version = _version() if config.engine == "podman" and shutil.which("podman") else ""
        return f"Podman's Quadlet generator {version}" if version else ""

    def start(self, file: Path, image: str, options: Mapping[str, Any], config: EmulatorConfig) -> str:
        """Start the unit's container; what ends is kept, so that its output can still be asked for."""
        words = list(_kept(generated(file)))
        address = words.index(_image(file))
        variables = file.with_name(f"{options['name']}.env")
        ours = ["--name", options["name"], "--network", options["network"], "--env-file", str(variables)]
        for name, value in options["labels"].items():
            ours += ["--label", f"{name}={value}"]
        for inside in options.get("ports") or {}:
            ours += ["--publish", f"127.0.0.1::{inside}"]
        command = ["podman", "--remote", "--url", config.engine_url, "run"]
        # They hold the keys of a role: written for the moment in which Podman reads them.
        variables.touch(mode=0o600)
        variables.write_text("".join(f"{name}={value}\n" for name, value in options["environment"].items()))
        try:
            _run([*command, *words[:address], *ours, image, *words[address + 1 :]])
        finally:
            variables.unlink()
        return str(options["name"])


def generated(file: Path) -> list[str]:
    """Options, image and command that the generator makes of a unit for `podman run`; no other unit may lie beside it.

    Raises:
        RuntimeError: the generator refused the unit.
    """
    service = _run([_generator(), "-dryrun"], QUADLET_UNIT_DIRS=str(file.parent))
    [line] = re.findall(r"^ExecStart=\S+/podman run (.*)$", service, re.MULTILINE)
    # systemd reads these pairs as one sign each.
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)]


def _kept(words: list[str]) -> Iterator[str]:
    """What this machine can do, too."""
    remaining = iter(words)
    for word in remaining:
        if word in _DROPPED_WITH_VALUE:
            next(remaining)
        elif not word.startswith(_DROPPED):
            yield word


def _image(file: Path) -> str:
    [image] = re.findall(r"^Image=(.*)$", file.read_text(), re.MULTILINE)
    return str(image)


def _generator() -> str:
    return next(filter(os.path.exists, _GENERATORS), "")


@functools.cache
def _version() -> str:
    return _run([_generator(), "--version"]).strip() if _generator() else ""


def _run(command: list[str], **environment: str) -> str:
    done = subprocess.run(  # noqa: S603
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} said: {done.stderr.strip()[-500:]}")
    return done.stdout
