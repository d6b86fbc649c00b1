"""Start, find again, stop and clean the local AWS."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import httpx

from local_aws import leftovers
from local_aws.cdk import CDK_HOME, DOCKER_CONFIG
from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.server_paths import READY_PATH, SPANS_FILE
from local_aws.engine import network
from local_aws.engine.find import find
from local_aws.engine.platform import runtime_interface_emulator_name
from local_aws.engine.processes import RECORDS, RUN_VARIABLE
from local_aws.errors import LocalAwsError
from local_aws.ports import free_port
from local_aws.running import (
    ACCOUNT,
    REGION,
    REPOSITORY,
    EngineFacts,
    Running,
    Settings,
    read,
    scrubbed_environment,
    state_file,
)

DEFAULT_DIRECTORY = REPOSITORY / "build" / "local"
EMULATOR_LOG = "emulator.log"
_EMULATOR_PYTHON = REPOSITORY / ".venv-emulator" / "bin" / "python"
_SERVICE_BIN = REPOSITORY / ".venv-service" / "bin"
_CONFIG = "emulator.json"
_START_PATIENCE_S = 30.0


def start(settings: Settings | None = None) -> Running:
    """Start the emulator and, where there is one, connect it to the container engine.

    Cleans up whatever an earlier run left behind first.

    Raises:
        LocalAwsError: a port is busy, a tool is missing, the engine is dead, or the disk is full.
    """
    settings = settings or Settings()
    clean(settings.directory)
    engine = find(settings.engine)
    _require(_EMULATOR_PYTHON, _SERVICE_BIN / "python")
    label = leftovers.label_of(settings.directory)
    # A run that was killed before it wrote itself down left only its label.
    _remove_unwritten(engine, label)
    try:
        running, process = _launch(settings, engine, label)
    except BaseException as error:
        _remove_unwritten(engine, label)
        if isinstance(error, OSError):
            raise LocalAwsError(
                f"{settings.directory} cannot be written", str(error), "free some space, or take another directory"
            ) from error
        raise
    _wait_until_ready(running, process)
    return running


def load(directory: Path = DEFAULT_DIRECTORY) -> Running | None:
    """The local AWS that is running now, or None."""
    running = read(directory)
    return running if running and leftovers.is_alive(running.emulator_pid, running.emulator_started) else None


def stop(running: Running) -> list[str]:
    """Stop it and leave no process, container, network or file but results and logs; returns one line for each thing removed."""
    emulator = (running.emulator_pid, running.emulator_started)
    removed = leftovers.remove_processes(running.label, emulator)
    if running.engine.has_containers:
        removed += leftovers.remove_containers(running.engine, running.label, f"127.0.0.1:{running.port}")
    return removed + _remove_files(running.directory)


def clean(directory: Path = DEFAULT_DIRECTORY) -> list[str]:
    """Remove what a run that was killed left behind; returns one line for each thing removed.

    Nothing is asked of an engine that no longer answers: what it ran is gone or comes up again with it.
    """
    running = read(directory)
    if running is None:
        return leftovers.remove_processes(leftovers.label_of(directory), None)
    try:
        return stop(running)
    except LocalAwsError:
        raise
    except Exception as error:
        raise LocalAwsError(
            f"what the last run started with {running.engine.kind} cannot be removed",
            str(error),
            f"start {running.engine.kind} again",
        ) from error


def _remove_unwritten(engine: EngineFacts, label: str) -> None:
    leftovers.remove_processes(label, None)
    if engine.has_containers:
        leftovers.remove_containers(engine, label)


def _config(settings: Settings, engine: EngineFacts, net: network.Network, port: int, label: str) -> EmulatorConfig:
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


def _launch(settings: Settings, engine: EngineFacts, label: str) -> tuple[Running, subprocess.Popen[bytes]]:
    """Start the emulator's process and write down what was started.

    Raises:
        OSError: something cannot be written.
    """
    directory = settings.directory
    directory.mkdir(parents=True, exist_ok=True)
    net = network.create(engine, label)
    config = _config(settings, engine, net, free_port(net.addresses, settings.port), label)
    (directory / _CONFIG).write_text(config.to_json())
    with (directory / EMULATOR_LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [str(_EMULATOR_PYTHON), "-m", "local_aws.emulator", str((directory / _CONFIG).resolve())],
            cwd=REPOSITORY,
            env=scrubbed_environment() | {RUN_VARIABLE: label, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal must reach the run first, which then stops the emulator in order.
            start_new_session=True,
        )
    running = Running(
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


def _wait_until_ready(running: Running, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_PATIENCE_S
    log = running.directory / EMULATOR_LOG
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{running.endpoint}{READY_PATH}", timeout=1).text == running.label:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["nothing was written"]
    stop(running)
    raise LocalAwsError("the emulator did not start", said[0], f"see {log}")


def _require(*tools: Path) -> None:
    for tool in tools:
        if not tool.exists():
            name = tool.relative_to(REPOSITORY) if tool.is_relative_to(REPOSITORY) else tool
            raise LocalAwsError(f"{name} is missing", "set-up did not finish", "make setup")


def _runtime_interface_emulator() -> Path:
    name = runtime_interface_emulator_name()
    found = sorted((REPOSITORY / ".venv-emulator").glob(f"lib/python*/site-packages/samcli/local/rapid/{name}"))
    if not found:
        raise LocalAwsError(f"{name} is missing", "set-up did not finish", "make setup")
    return found[0]


def _remove_files(directory: Path) -> list[str]:
    """Everything but results and logs."""
    removed = []
    names = (_CONFIG, SPANS_FILE, RECORDS, CDK_HOME, DOCKER_CONFIG)
    for path in (state_file(directory), *(directory / name for name in names)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.exists():
            path.unlink()
        else:
            continue
        removed.append(f"file {path.name}")
    return removed
