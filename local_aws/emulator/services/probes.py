"""Probes of a Kubernetes container, with Kubernetes' own defaults.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
"""

from __future__ import annotations

from typing import Any

from local_aws.emulator.checks import Probe

_NAMES = ("startup", "liveness", "readiness")
_NUMBERS = {"initialDelaySeconds": 0, "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3}


def probes(container: dict[str, Any]) -> tuple[Probe, ...]:
    """Those that the container has: without readiness it is ready when it runs, without liveness nobody restarts it.

    While it starts up the others do not count; one that has not started up in its time is given up.

    Raises:
        ValueError: a probe asks in another way than by HTTP.
    """
    found = {name: container[f"{name}Probe"] for name in _NAMES if f"{name}Probe" in container}
    started_s = _time(found["startup"]) if "startup" in found else 0
    return tuple(_probe(name, written, container, started_s) for name, written in found.items())


def _time(written: dict[str, Any]) -> int:
    """Seconds until so many failures in a row are complete."""
    said = _NUMBERS | written
    return int(said["initialDelaySeconds"]) + int(said["failureThreshold"]) * int(said["periodSeconds"])


def _probe(name: str, written: dict[str, Any], container: dict[str, Any], started_s: int) -> Probe:
    said = _NUMBERS | written
    if "httpGet" not in said:
        raise ValueError(f"{name}Probe of container {container['name']!r} has no httpGet; others are not run here")
    return Probe(
        name=name,
        path=said["httpGet"].get("path", "/"),
        port=_port(said["httpGet"]["port"], container),
        interval_s=int(said["periodSeconds"]),
        timeout_s=int(said["timeoutSeconds"]),
        # What is left to a startup probe after its time is nothing.
        failures=1 if name == "startup" else int(said["failureThreshold"]),
        start_s=max(started_s, int(said["initialDelaySeconds"])),
    )


def _port(said: int | str, container: dict[str, Any]) -> int:
    """Ports have names that probes may call them by."""
    return {port.get("name"): int(port["containerPort"]) for port in container["ports"]}.get(said) or int(said)
