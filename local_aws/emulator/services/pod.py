"""A Kubernetes pod: in a file of its own, and in the words of an ECS task definition."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

_UNITS = {"Ki": 1 / 1024, "Mi": 1, "Gi": 1024}
# https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
_GRACE_S = 30


def written(directory: Path, name: str, pod: dict[str, Any]) -> Path:
    """The pod's manifest in a file that no other version of it has: a deployment may go back to it."""
    text = json.dumps({"apiVersion": "v1", "kind": "Pod", **pod}, indent=1)
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.pod.json"
    file.write_text(text)
    return file


def task_definition(pod: dict[str, Any], container: dict[str, Any], role: str) -> dict[str, Any]:
    """Properties of AWS::ECS::TaskDefinition that run `container`, the only one of `pod`, as `role`."""
    limits = container.get("resources", {}).get("limits", {})
    size = {"Cpu": str(_cpu_units(limits["cpu"]))} if "cpu" in limits else {}
    size |= {"Memory": str(_mib(limits["memory"]))} if "memory" in limits else {}
    return size | {"TaskRoleArn": role, "ContainerDefinitions": [_container(pod, container)]}


def _container(pod: dict[str, Any], container: dict[str, Any]) -> dict[str, Any]:
    security = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
    user = [str(security[key]) for key in ("runAsUser", "runAsGroup") if key in security]
    return {
        "Name": "Main",
        "Image": container["image"],
        "Essential": True,
        "EntryPoint": container.get("command", []),
        "Command": container.get("args", []),
        "Environment": [{"Name": entry["name"], "Value": entry["value"]} for entry in container.get("env", [])],
        "PortMappings": [{"ContainerPort": port["containerPort"], "Protocol": "tcp"} for port in container["ports"]],
        "User": ":".join(user),
        "ReadonlyRootFilesystem": bool(security.get("readOnlyRootFilesystem")),
        "LinuxParameters": {"Capabilities": {"Drop": security.get("capabilities", {}).get("drop", [])}},
        "StopTimeout": _stop_seconds(pod, container),
    }


def _stop_seconds(pod: dict[str, Any], container: dict[str, Any]) -> int:
    """What is left of the grace period after the time that a pod lingers for a load balancer; here none has to."""
    lingers = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    return int(pod.get("terminationGracePeriodSeconds", _GRACE_S)) - int(lingers)


def _cpu_units(quantity: str) -> int:
    """CPU units, 1024 a processor: "250m" is a quarter of one."""
    processors = int(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)
    return round(processors * 1024)


def _mib(quantity: str) -> int:
    return round(float(quantity[:-2]) * _UNITS[quantity[-2:]])
