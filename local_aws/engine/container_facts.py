"""Facts about containers, from the engine's own API."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from docker.errors import APIError, DockerException, NotFound

from deployment.containers import ContainerState
from local_aws.emulator.config import HEALTH_COMMAND_LABEL, LABEL, ROLE_LABEL, STACK_LABEL
from local_aws.engine.find import connected
from local_aws.environment import LocalEnvironment

_MIB = 1024 * 1024
_NANO = 1_000_000_000


def containers(running: LocalEnvironment) -> list[ContainerState]:
    """All containers of the run, oldest first."""
    with connected(running.engine) as docker:
        found = docker.containers.list(all=True, filters={"label": f"{LABEL}={running.label}"}, ignore_removed=True)
        # The engine takes its time to measure memory: about a second for each container, but for all at once.
        with ThreadPoolExecutor(max_workers=16) as pool:
            return sorted(pool.map(_fact, found), key=lambda fact: fact.labels["created"])


def health(running: LocalEnvironment, fact: ContainerState) -> str | None:
    """Run the container's health check now."""
    command = json.loads(fact.labels.get(HEALTH_COMMAND_LABEL, "[]"))
    if not command:
        return None
    argv = ["/bin/sh", "-c", command[1]] if command[0] == "CMD-SHELL" else command[1:]
    with connected(running.engine) as docker:
        try:
            code = docker.containers.get(fact.id).exec_run(argv).exit_code
        except DockerException:
            return "unhealthy"
    return "healthy" if code == 0 else "unhealthy"


def kill(running: LocalEnvironment, fact: ContainerState) -> None:
    """Kill the container."""
    with connected(running.engine) as docker:
        try:
            docker.containers.get(fact.id).kill()
        except APIError:
            return  # ended a moment ago


def output(running: LocalEnvironment, fact: ContainerState) -> str:
    """What the container wrote."""
    with connected(running.engine) as docker:
        try:
            return str(docker.containers.get(fact.id).logs().decode(errors="replace"))
        except NotFound:
            return ""  # removed a moment ago


def _fact(container: Any) -> ContainerState:
    config, host, state = container.attrs["Config"], container.attrs["HostConfig"], container.attrs["State"]
    labels = container.labels
    is_up = container.status in ("running", "paused")
    return ContainerState(
        id=container.id,
        name=container.name,
        stack=labels.get(STACK_LABEL, ""),
        role=labels.get(ROLE_LABEL, ""),
        image=config["Image"],
        image_digest=container.attrs["Image"],
        user=config.get("User", ""),
        read_only=bool(host.get("ReadonlyRootfs")),
        memory_mib_limit=host["Memory"] // _MIB if host.get("Memory") else None,
        cpus=round(host["NanoCpus"] / _NANO, 3) if host.get("NanoCpus") else None,
        status=container.status,
        exit_code=None if is_up else int(state["ExitCode"]),
        oom_killed=bool(state.get("OOMKilled")),
        memory_mib_used=_memory_mib(container) if is_up else None,
        command=(*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())),
        labels=labels | {"created": container.attrs["Created"]},
    )


def _memory_mib(container: Any) -> float | None:
    """Memory without the page cache, as `docker stats` shows it; None where the container ended meanwhile.

    Podman then closes an answer that it has begun, without a byte in it.
    """
    try:
        memory = container.stats(stream=False, one_shot=True).get("memory_stats", {})
    except (DockerException, requests.JSONDecodeError):
        return None
    cache = memory.get("stats", {}).get("inactive_file", memory.get("stats", {}).get("total_inactive_file", 0))
    return round((memory["usage"] - cache) / _MIB, 1) if "usage" in memory else None
