"""State of containers, from the engine's own API."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from docker.errors import APIError, DockerException, NotFound

from deployment.containers import ContainerState
from local_aws.emulator.config import HEALTH_COMMAND_LABEL, LABEL, RESOURCE_LABEL, ROLE_LABEL, STACK_LABEL
from local_aws.emulator.health_checks import command_line
from local_aws.engine.detect import docker_client
from local_aws.environment import LocalEnvironment

_MIB = 1024 * 1024
_NANO = 1_000_000_000


def containers(environment: LocalEnvironment) -> list[ContainerState]:
    """State of all containers of the run, oldest first."""
    with docker_client(environment.engine) as docker:
        found = docker.containers.list(all=True, filters={"label": f"{LABEL}={environment.label}"}, ignore_removed=True)
        # The engine needs about a second to measure the memory of a container, but measures many in parallel.
        with ThreadPoolExecutor(max_workers=16) as pool:
            return sorted(pool.map(_state, found), key=lambda state: state.labels["created"])


def health(environment: LocalEnvironment, state: ContainerState) -> str | None:
    """Run the health check now; None without one."""
    command = json.loads(state.labels.get(HEALTH_COMMAND_LABEL, "[]"))
    if not command:
        return None
    with docker_client(environment.engine) as docker:
        try:
            code = docker.containers.get(state.id).exec_run(command_line(command)).exit_code
        except DockerException:
            return "unhealthy"
    return "healthy" if code == 0 else "unhealthy"


def kill(environment: LocalEnvironment, state: ContainerState) -> None:
    """Kill the container."""
    with docker_client(environment.engine) as docker:
        try:
            docker.containers.get(state.id).kill()
        except APIError:
            return  # It has already exited.


def output(environment: LocalEnvironment, state: ContainerState) -> str:
    """Everything that the container wrote."""
    with docker_client(environment.engine) as docker:
        try:
            return str(docker.containers.get(state.id).logs().decode(errors="replace"))
        except NotFound:
            return ""  # It has already been removed.


def _state(container: Any) -> ContainerState:
    config, host, found = container.attrs["Config"], container.attrs["HostConfig"], container.attrs["State"]
    labels = container.labels
    is_up = container.status in ("running", "paused")
    return ContainerState(
        id=container.id,
        name=container.name,
        stack=labels.get(STACK_LABEL, ""),
        resource=labels.get(RESOURCE_LABEL, ""),
        role=labels.get(ROLE_LABEL, ""),
        image=config["Image"],
        image_digest=container.attrs["Image"],
        user=config.get("User", ""),
        read_only=bool(host.get("ReadonlyRootfs")),
        memory_mib_limit=host["Memory"] // _MIB if host.get("Memory") else None,
        cpus=round(host["NanoCpus"] / _NANO, 3) if host.get("NanoCpus") else None,
        status=container.status,
        exit_code=None if is_up else int(found["ExitCode"]),
        oom_killed=bool(found.get("OOMKilled")),
        memory_mib_used=_memory_mib(container) if is_up else None,
        command=(*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())),
        labels=labels | {"created": container.attrs["Created"]},
    )


def _memory_mib(container: Any) -> float | None:
    """Memory without the page cache, as `docker stats` shows it; None if the container has just exited.

    Podman then closes the response without a body.
    """
    try:
        memory = container.stats(stream=False, one_shot=True).get("memory_stats", {})
    except (DockerException, requests.JSONDecodeError):
        return None
    cache = memory.get("stats", {}).get("inactive_file", memory.get("stats", {}).get("total_inactive_file", 0))
    return round((memory["usage"] - cache) / _MIB, 1) if "usage" in memory else None
