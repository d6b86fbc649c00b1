"""Facts about the processes that stand in for containers, from their records and from the system."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from deployment.containers import ContainerState
from local_aws.emulator.config import HEALTH_COMMAND_LABEL, ROLE_LABEL, STACK_LABEL
from local_aws.engine.processes import RECORDS
from local_aws.environment import LocalEnvironment

_STATES = {"T": "stopped", "t": "stopped", "Z": "exited", "": "exited"}


def containers(running: LocalEnvironment) -> list[ContainerState]:
    """All processes of the run, oldest first."""
    records = sorted(
        (running.directory / RECORDS).glob("*.json"), key=lambda path: path.with_suffix(".log").stat().st_ctime
    )
    return [_fact(path.stem, json.loads(path.read_text())) for path in records]


def health(running: LocalEnvironment, fact: ContainerState) -> str | None:
    """Run the process's health check now."""
    command = json.loads(fact.labels.get(HEALTH_COMMAND_LABEL, "[]"))
    if not command:
        return None
    record = json.loads((running.directory / RECORDS / f"{fact.id}.json").read_text())
    argv = ["/bin/sh", "-c", command[1]] if command[0] == "CMD-SHELL" else command[1:]
    search = record["environment"]["PATH"]
    done = subprocess.run(  # noqa: S603
        ["/usr/bin/env", f"PATH={search}", *argv], env=record["environment"], capture_output=True, check=False
    )
    return "healthy" if done.returncode == 0 else "unhealthy"


def kill(_running: LocalEnvironment, fact: ContainerState) -> None:
    """Kill the process."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(fact.labels["pid"]), signal.SIGKILL)


def output(running: LocalEnvironment, fact: ContainerState) -> str:
    """What the process wrote."""
    return (running.directory / RECORDS / f"{fact.id}.log").read_text(errors="replace")


def _fact(identifier: str, record: dict[str, Any]) -> ContainerState:
    code = record["exit_code"]
    state = _state(record["pid"]) if code is None else "exited"
    return ContainerState(
        id=identifier,
        name=record["name"],
        stack=record["labels"].get(STACK_LABEL, ""),
        role=record["labels"].get(ROLE_LABEL, ""),
        image=record["image"],
        image_digest="",
        user=getpass.getuser(),
        read_only=None,
        memory_mib_limit=None,
        cpus=None,
        status=state,
        exit_code=code,
        oom_killed=False,
        memory_mib_used=_memory_mib(record["pid"]) if state != "exited" else None,
        command=tuple(record["command"]),
        labels=record["labels"] | {"pid": str(record["pid"]), "address": record["address"]},
    )


def _state(pid: int) -> str:
    try:
        letter = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        letter = ""
    return _STATES.get(letter, "running")


def _memory_mib(pid: int) -> float | None:
    """Resident memory of a process and of all it started, as a container's memory would count."""
    found = [memory for process in _tree(pid) if (memory := _resident_kib(process)) is not None]
    return round(sum(found) / 1024, 1) if found else None


def _tree(pid: int) -> set[int]:
    """The process and all that it started, directly or not."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parent(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return None


def _resident_kib(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), None)
