"""Remove processes, containers, networks and image tags of a run, by the run's label."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from docker.errors import NotFound

from local_aws.emulator.config import LABEL
from local_aws.engine.detect import docker_client
from local_aws.engine.processes import RUN_VARIABLE
from local_aws.environment import EngineInfo

_SIGTERM_TIMEOUT_S = 5.0
_PROC = Path("/proc")


def remove_processes(label: str, emulator: tuple[int, int] | None) -> list[str]:
    """Stop the run's processes; return one line for each.

    Args:
        label: The run's label.
        emulator: Process ID and start of the emulator, which stops first: it would replace a task that exits.
    """
    found = set(_labelled(label))
    if emulator is not None and is_running(*emulator):
        found.add(emulator[0])
        _end(emulator[0])
    for pid in set(_labelled(label)):
        _signal(pid, signal.SIGKILL)
    return [f"process {pid}" for pid in sorted(found)]


def remove_run(engine: EngineInfo, label: str) -> None:
    """Remove the processes and containers of a run without a state file."""
    remove_processes(label, None)
    if engine.has_containers:
        remove_containers(engine, label)


def _end(pid: int) -> None:
    """Send SIGTERM, and SIGKILL after the timeout."""
    _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + _SIGTERM_TIMEOUT_S
    while _exists(pid):
        if time.monotonic() > deadline:
            _signal(pid, signal.SIGKILL)
        time.sleep(0.02)


def remove_containers(engine: EngineInfo, label: str, registry: str | None = None) -> list[str]:
    """Remove the run's containers and network, and the image tags of its registry; return one line for each.

    Raises:
        ActionableError: the engine does not respond.
    """
    with docker_client(engine) as docker:
        mine = {"label": f"{LABEL}={label}"}
        removed = list(_remove_containers(docker, mine))
        removed += [f"pod {name}" for name in _remove_pods(docker.api, mine)] if engine.kind == "podman" else []
        for network in docker.networks.list(filters=mine):
            network.remove()
            removed.append(f"network {network.name}")
        if registry:
            for tag in _tags(docker, registry):
                docker.images.remove(tag, noprune=True)
                removed.append(f"image tag {tag}")
    return removed


def kill_containers(engine: EngineInfo, label: str) -> None:
    """Remove the run's containers, as a failure of their hosts would; network and images stay.

    Raises:
        ActionableError: the engine does not respond.
    """
    with docker_client(engine) as docker:
        mine = {"label": f"{LABEL}={label}"}
        for _ in _remove_containers(docker, mine):
            pass
        if engine.kind == "podman":
            for _ in _remove_pods(docker.api, mine):
                pass


def _remove_containers(docker: Any, filters: dict[str, str]) -> Iterator[str]:
    for container in docker.containers.list(all=True, filters=filters, ignore_removed=True):
        with suppress(NotFound):
            container.remove(force=True, v=True)
        yield f"container {container.name}"


def _remove_pods(api: Any, filters: dict[str, str]) -> Iterator[str]:
    """Remove Podman's pods, whose infra container has no label and keeps the network in use."""
    pods = f"{api.base_url}/v4.0.0/libpod/pods"
    for pod in api.get(f"{pods}/json", params={"filters": json.dumps({"label": [filters["label"]]})}).json():
        api.delete(f"{pods}/{pod['Id']}", params={"force": "true"})
        yield str(pod["Name"])


def started_at(pid: int) -> int:
    """Return the start of a process in clock ticks since boot; 0 where unknown."""
    try:
        # The second field is the program's name in parentheses, and may contain spaces.
        return int((_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def is_running(pid: int, started: int) -> bool:
    """Return whether the process with this ID and start still runs."""
    return _exists(pid) and started_at(pid) == started


def _tags(docker: Any, registry: str) -> Iterator[str]:
    """Yield the tags of a registry; the SDK's `images.list` fails if an image is removed meanwhile."""
    for image in docker.api.images():
        yield from (tag for tag in image["RepoTags"] or [] if tag.startswith(f"{registry}/"))


def _labelled(label: str) -> Iterator[int]:
    """Yield processes with the run's label in their environment; on Linux only, elsewhere the emulator ends them."""
    variable = f"{RUN_VARIABLE}={label}".encode()
    for pid in _all_pids():
        try:
            if pid != os.getpid() and variable in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                yield pid
        except OSError:
            continue


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()] if _PROC.is_dir() else []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return _state(pid) != "Z"


def _state(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return ""


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return
