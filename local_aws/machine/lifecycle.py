"""Start, find again, stop and clean the local AWS."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import httpx

from deployment.cdk_cli import CDK_HOME, DOCKER_CONFIG
from deployment.errors import ActionableError
from local_aws.emulator.config import GENERATED, READY_PATH, SPANS_FILE
from local_aws.engine.detect import detect
from local_aws.engine.processes import RECORDS
from local_aws.environment import REPOSITORY, EngineInfo, LocalEnvironment, Settings, label_of, read, state_file
from local_aws.machine import launch, leftovers

DEFAULT_DIRECTORY = REPOSITORY / "build" / "local"
_START_PATIENCE_S = 30.0


def start(settings: Settings | None = None) -> LocalEnvironment:
    """Start the emulator and, where there is one, connect it to the container engine.

    Cleans up whatever an earlier run left behind first.

    Raises:
        ActionableError: a port is busy, a tool is missing, the engine is dead, or the disk is full.
    """
    settings = settings or Settings()
    clean(settings.directory)
    engine = detect(settings.engine)
    launch.require_tools()
    label = label_of(settings.directory)
    # A run that was killed before it wrote itself down left only its label.
    _remove_unwritten(engine, label)
    try:
        running, process = launch.launch(settings, engine, label)
    except BaseException as error:
        _remove_unwritten(engine, label)
        if isinstance(error, OSError):
            raise ActionableError(
                f"{settings.directory} cannot be written", str(error), "free some space, or take another directory"
            ) from error
        raise
    _wait_until_ready(running, process)
    return running


def load(directory: Path = DEFAULT_DIRECTORY) -> LocalEnvironment | None:
    """The local AWS that is running now, or None."""
    running = read(directory)
    return running if running and leftovers.is_alive(running.emulator_pid, running.emulator_started) else None


def stop(running: LocalEnvironment) -> list[str]:
    """Stop it and leave nothing but results and logs; returns one line for each thing removed.

    Raises:
        ActionableError: its engine no longer answers.
    """
    emulator = (running.emulator_pid, running.emulator_started)
    removed = leftovers.remove_processes(running.label, emulator)
    if running.engine.has_containers:
        removed += leftovers.remove_containers(running.engine, running.label, f"127.0.0.1:{running.port}")
    return removed + _remove_files(running.directory)


def clean(directory: Path = DEFAULT_DIRECTORY) -> list[str]:
    """Remove what a run that was killed left behind; returns one line for each thing removed.

    What an engine holds that no longer answers is removed by the first start that finds it again.
    """
    running = read(directory)
    if running is None:
        return leftovers.remove_processes(label_of(directory), None)
    try:
        return stop(running)
    except ActionableError as error:
        return [f"nothing in {running.engine.kind}: {error.cause}", *_remove_files(directory)]


def _remove_unwritten(engine: EngineInfo, label: str) -> None:
    leftovers.remove_processes(label, None)
    if engine.has_containers:
        leftovers.remove_containers(engine, label)


def _wait_until_ready(running: LocalEnvironment, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_PATIENCE_S
    log = running.directory / launch.EMULATOR_LOG
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{running.endpoint}{READY_PATH}", timeout=1).text == running.label:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["nothing was written"]
    stop(running)
    raise ActionableError("the emulator did not start", said[0], f"see {log}")


def _remove_files(directory: Path) -> list[str]:
    """Everything but results and logs."""
    removed = []
    names = (launch.CONFIG, SPANS_FILE, RECORDS, GENERATED, CDK_HOME, DOCKER_CONFIG)
    for path in (state_file(directory), *(directory / name for name in names)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.exists():
            path.unlink()
        else:
            continue
        removed.append(f"file {path.name}")
    return removed
