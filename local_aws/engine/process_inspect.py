"""State of processes that run in place of containers, from their records and from the system."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import signal
from pathlib import Path
from typing import Any

import psutil

from deployment.containers import ContainerState
from local_aws.emulator.config import HEALTH_COMMAND_LABEL, RESOURCE_LABEL, ROLE_LABEL, STACK_LABEL
from local_aws.emulator.health_checks import command_line
from local_aws.engine.processes import RECORDS, run_command
from local_aws.environment import LocalEnvironment

_MIB = 1024 * 1024
_STATUS = {
    psutil.STATUS_STOPPED: "stopped",
    psutil.STATUS_TRACING_STOP: "stopped",
    psutil.STATUS_ZOMBIE: "exited",
}


def containers(environment: LocalEnvironment) -> list[ContainerState]:
    """State of all processes of the run, oldest first."""
    found: list[tuple[float, ContainerState]] = []
    for record in (environment.directory / RECORDS).glob("*.json"):
        # The emulator may remove an exited task meanwhile.
        with contextlib.suppress(FileNotFoundError):
            found.append((record.with_suffix(".log").stat().st_ctime, _state(record)))
    return [state for _, state in sorted(found, key=lambda one: one[0])]


def health(environment: LocalEnvironment, state: ContainerState) -> str | None:
    """Run the health check now; None without one."""
    command = json.loads(state.labels.get(HEALTH_COMMAND_LABEL, "[]"))
    if not command:
        return None
    record = json.loads((environment.directory / RECORDS / f"{state.id}.json").read_text())
    code, _ = run_command(command_line(command), record["environment"], record["root"])
    return "healthy" if code == 0 else "unhealthy"


def kill(_environment: LocalEnvironment, state: ContainerState) -> None:
    """Kill the process."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(state.labels["pid"]), signal.SIGKILL)


def output(environment: LocalEnvironment, state: ContainerState) -> str:
    """Everything that the process wrote."""
    return (environment.directory / RECORDS / f"{state.id}.log").read_text(errors="replace")


def _state(record_file: Path) -> ContainerState:
    record: dict[str, Any] = json.loads(record_file.read_text())
    code = record["exit_code"]
    status = _status(record["pid"]) if code is None else "exited"
    return ContainerState(
        id=record_file.stem,
        name=record["name"],
        stack=record["labels"].get(STACK_LABEL, ""),
        resource=record["labels"].get(RESOURCE_LABEL, ""),
        role=record["labels"].get(ROLE_LABEL, ""),
        image=record["image"],
        image_digest="",
        user=getpass.getuser(),
        read_only=None,
        memory_mib_limit=None,
        cpus=None,
        status=status,
        exit_code=code,
        oom_killed=False,
        memory_mib_used=_memory_mib(record["pid"]) if status != "exited" else None,
        command=tuple(record["command"]),
        labels=record["labels"] | {"pid": str(record["pid"]), "address": record["address"]},
    )


def _status(pid: int) -> str:
    try:
        return _STATUS.get(psutil.Process(pid).status(), "running")
    except psutil.NoSuchProcess:
        return "exited"


def _memory_mib(pid: int) -> float | None:
    """Resident memory of the process and its descendants, as a container's memory would count it."""
    try:
        process = psutil.Process(pid)
        resident = [process.memory_info().rss]
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                resident.append(child.memory_info().rss)
    except psutil.NoSuchProcess:
        return None
    return round(sum(resident) / _MIB, 1)
