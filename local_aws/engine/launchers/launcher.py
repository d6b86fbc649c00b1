"""Interface of the launchers, and their helpers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from local_aws.emulator.config import EmulatorConfig


class Launcher(Protocol):
    """A tool that starts containers from a platform's own file."""

    def tool(self, config: EmulatorConfig) -> str:
        """Name and version of the tool, such as "docker-compose 1.29.2"; "" if it is not available."""

    def start(self, file: Path, image: str, options: Mapping[str, Any], config: EmulatorConfig) -> str:
        """Start one container and return its name.

        Args:
            file: the generated file.
            image: the image's name in the emulator's registry.
            options: arguments of `containers.run` in the Docker SDK: `name`, `environment`, `labels`, `network`, ...
            config: the emulator's configuration.

        Raises:
            RuntimeError: the tool failed; the message is the tool's output.
        """


def run_tool(command: list[str], **environment: str) -> str:
    """Run a command with additional environment variables and return its output.

    Raises:
        RuntimeError: the command failed.
    """
    done = subprocess.run(  # noqa: S603
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:2])} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


@contextmanager
def secret_file(file: Path, text: str) -> Iterator[None]:
    """Write a file with credentials of a role, and delete it as soon as the tool has read it."""
    file.touch(mode=0o600)
    file.write_text(text)
    try:
        yield
    finally:
        file.unlink()
