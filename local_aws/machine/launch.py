"""Starts the emulator's process."""

from __future__ import annotations

import subprocess
from pathlib import Path

from deployment.errors import ActionableError
from local_aws.emulator.config import EmulatorConfig
from local_aws.engine import network
from local_aws.engine.detect import runtime_interface_emulator_name
from local_aws.engine.processes import RUN_VARIABLE
from local_aws.environment import (
    ACCOUNT,
    REGION,
    REPOSITORY,
    EngineInfo,
    LocalEnvironment,
    Settings,
    scrubbed_environment,
)
from local_aws.machine import leftovers
from local_aws.ports import free_port

EMULATOR_LOG = "emulator.log"
EMULATOR_PYTHON = REPOSITORY / ".venv-emulator" / "bin" / "python"
CONFIG = "emulator.json"
_SERVICE_BIN = REPOSITORY / ".venv-service" / "bin"


def _config(settings: Settings, engine: EngineInfo, net: network.Network, port: int, label: str) -> EmulatorConfig:
    return EmulatorConfig(
        port=port,
        bind=net.addresses,
        container_endpoint=f"http://{net.host}:{port}",
        engine=engine.kind,
        engine_url=engine.url,
        network=net.name,
        publish=engine.desktop,
        label=label,
        directory=settings.directory.resolve(),
        assembly=settings.assembly.resolve(),
        service_bin=_SERVICE_BIN,
        runtime_interface_emulator=_runtime_interface_emulator(),
        account=ACCOUNT,
        region=REGION,
        leave_out=settings.leave_out,
    )


def launch(settings: Settings, engine: EngineInfo, label: str) -> tuple[LocalEnvironment, subprocess.Popen[bytes]]:
    """Start the emulator's process and write down what was started.

    Raises:
        OSError: something cannot be written.
    """
    directory = settings.directory
    directory.mkdir(parents=True, exist_ok=True)
    net = network.create(engine, label)
    config = _config(settings, engine, net, free_port(net.addresses, settings.port), label)
    (directory / CONFIG).write_text(config.to_json())
    with (directory / EMULATOR_LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [str(EMULATOR_PYTHON), "-m", "local_aws.emulator", str((directory / CONFIG).resolve())],
            cwd=REPOSITORY,
            env=scrubbed_environment() | {RUN_VARIABLE: label, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal must reach the run first, which then stops the emulator in order.
            start_new_session=True,
        )
    running = LocalEnvironment(
        endpoint=f"http://127.0.0.1:{config.port}",
        container_endpoint=config.container_endpoint,
        engine=engine,
        emulator_pid=process.pid,
        emulator_started=leftovers.started_at(process.pid),
        label=label,
        directory=directory,
        assembly=settings.assembly,
    )
    running.save()
    return running, process


def require_tools() -> None:
    """Check that set-up made what the emulator needs.

    Raises:
        ActionableError: something is missing.
    """
    for tool in (EMULATOR_PYTHON, _SERVICE_BIN / "python"):
        if not tool.exists():
            name = tool.relative_to(REPOSITORY) if tool.is_relative_to(REPOSITORY) else tool
            raise ActionableError(f"{name} is missing", "set-up did not finish", "make setup")


def _runtime_interface_emulator() -> Path:
    name = runtime_interface_emulator_name()
    found = sorted((REPOSITORY / ".venv-emulator").glob(f"lib/python*/site-packages/samcli/local/rapid/{name}"))
    if not found:
        raise ActionableError(f"{name} is missing", "set-up did not finish", "make setup")
    return found[0]
