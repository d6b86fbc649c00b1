"""Detect the container engine on this machine, and connect to it."""

from __future__ import annotations

import os
import platform
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


def detect(wanted: Literal["auto", "docker", "podman", "processes"] = "auto") -> EngineInfo:
    """Detect the engine to use.

    Args:
        wanted: the kind of engine. Default: "auto", the first engine that responds, or plain processes if none is
            installed.

    Raises:
        ActionableError: an engine is installed but does not respond, or the wanted one is missing.
    """
    if wanted == "processes":
        return _processes()
    failures: list[str] = []
    for url in _candidates():
        try:
            found = _inspect(url)
        except (DockerException, OSError) as error:
            failures.append(f"{url}: {error}")
            continue
        if wanted in ("auto", found.kind):
            return found
    if wanted != "auto":
        raise ActionableError(
            f"{wanted} does not respond",
            "; ".join(failures) or "no socket of a container engine was found",
            f"start {wanted}, or let the run detect an engine: --engine auto",
        )
    if failures:
        raise ActionableError(
            "the container engine does not respond",
            "; ".join(failures),
            "start it, or run without containers: --engine processes",
        )
    return _processes()


@contextmanager
def docker_client(engine: EngineInfo) -> Iterator[Any]:
    """Connect a Docker SDK client to the engine.

    Raises:
        ActionableError: the engine does not respond.
    """
    client = None
    try:
        client = docker.DockerClient(base_url=engine.url, timeout=60)
        yield client
    except (DockerException, requests.RequestException) as error:
        raise ActionableError(
            f"{engine.kind} does not respond", str(error), f"start {engine.kind} again, then: python -m local_aws down"
        ) from error
    finally:
        if client is not None:
            client.close()


def runtime_interface_emulator_name() -> str:
    """File name of the AWS Lambda runtime interface emulator for this machine's processor, as in AWS SAM."""
    return "aws-lambda-rie-arm64" if platform.machine() in ("arm64", "aarch64") else "aws-lambda-rie-x86_64"


def _candidates() -> list[str]:
    """URLs where an engine may respond: the configured one only, or every socket that exists."""
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


def _inspect(url: str) -> EngineInfo:
    engine = docker.DockerClient(base_url=url, timeout=_PING_TIMEOUT_S)
    try:
        version, info = engine.version(), engine.info()
    finally:
        engine.close()
    components = " ".join(component.get("Name", "") for component in version.get("Components") or [])
    kind: Literal["docker", "podman"] = "podman" if "podman" in components.lower() else "docker"
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or [])
    detail = f"{'rootless' if rootless else 'rootful'}, {info.get('DefaultRuntime', 'runc')}"
    # Container addresses are then not reachable from this machine, as with Docker Desktop.
    in_virtual_machine = os.uname().sysname != "Linux" or "Docker Desktop" in str(info.get("OperatingSystem", ""))
    return EngineInfo(kind=kind, version=version["Version"], detail=detail, url=url, desktop=in_virtual_machine)


def _processes() -> EngineInfo:
    if not is_supported():
        raise ActionableError(
            "no container engine was found",
            "without an engine the image's processes run directly, which needs Linux's loopback addresses",
            "start Docker Desktop, Docker or Podman",
        )
    return EngineInfo(kind="processes", detail="no container engine found")
