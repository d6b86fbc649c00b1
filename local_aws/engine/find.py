"""Finds the container engine of this machine through the Docker API."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import docker
import requests
from docker.errors import DockerException

from deployment.errors import ActionableError
from local_aws.engine.processes import is_supported
from local_aws.environment import EngineInfo

_PING_TIMEOUT_S = 10


def find(wanted: Literal["auto", "docker", "podman", "processes"] = "auto") -> EngineInfo:
    """The engine to use: what `wanted` insists on, or the first that answers, or plain processes where there is none.

    Raises:
        ActionableError: an engine is installed but does not answer, or the wanted one is missing.
    """
    if wanted == "processes":
        return _processes()
    dead: list[tuple[str, str]] = []
    for url in _candidates():
        try:
            facts = _ask(url)
        except (DockerException, OSError) as error:
            dead.append((url, str(error)))
            continue
        if wanted in ("auto", facts.kind):
            return facts
    if wanted != "auto":
        raise ActionableError(
            f"{wanted} does not answer",
            "; ".join(f"{url}: {error}" for url, error in dead) or "no socket of a container engine was found",
            f"start {wanted}, or leave the choice to the run: --engine auto",
        )
    if dead:
        raise ActionableError(
            "the container engine does not answer",
            "; ".join(f"{url}: {error}" for url, error in dead),
            "start it, or run without containers: --engine processes",
        )
    return _processes()


@contextmanager
def connected(facts: EngineInfo) -> Iterator[Any]:
    """A Docker SDK client of that engine.

    Raises:
        ActionableError: it does not answer.
    """
    client = None
    try:
        client = docker.DockerClient(base_url=facts.url, timeout=60)
        yield client
    except (DockerException, requests.RequestException) as error:
        raise ActionableError(
            f"{facts.kind} does not answer", str(error), f"start {facts.kind} again, then: python -m local_aws down"
        ) from error
    finally:
        if client is not None:
            client.close()


def _candidates() -> list[str]:
    """Addresses where an engine should answer: the configured one only, or every socket that exists."""
    configured = os.environ.get("DOCKER_HOST") or os.environ.get("CONTAINER_HOST")
    if configured:
        return [configured]
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    sockets = (
        "/var/run/docker.sock",
        f"{runtime}/docker.sock",
        f"{Path.home()}/.docker/run/docker.sock",
        "/run/podman/podman.sock",
        f"{runtime}/podman/podman.sock",
    )
    return [f"unix://{path}" for path in sockets if Path(path).is_socket()]


def _ask(url: str) -> EngineInfo:
    engine = docker.DockerClient(base_url=url, timeout=_PING_TIMEOUT_S)
    try:
        version, info = engine.version(), engine.info()
    finally:
        engine.close()
    components = " ".join(component.get("Name", "") for component in version.get("Components") or [])
    kind: Literal["docker", "podman"] = "podman" if "podman" in components.lower() else "docker"
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or [])
    detail = f"{'rootless' if rootless else 'rootful'}, {info.get('DefaultRuntime', 'runc')}"
    return EngineInfo(
        kind=kind, version=version["Version"], detail=detail, url=url, desktop=_in_a_virtual_machine(info)
    )


def _in_a_virtual_machine(info: dict[str, Any]) -> bool:
    """Whether containers' addresses are out of this machine's reach, as with Docker Desktop."""
    return os.uname().sysname != "Linux" or "Docker Desktop" in str(info.get("OperatingSystem", ""))


def _processes() -> EngineInfo:
    if not is_supported():
        raise ActionableError(
            "no container engine was found",
            "without one the image's processes run directly, which needs Linux's loopback addresses",
            "start Docker Desktop, Docker or Podman",
        )
    return EngineInfo(kind="processes", detail="no engine answers: no containers")
