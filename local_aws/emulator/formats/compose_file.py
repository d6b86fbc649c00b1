"""A Compose file with one service, as an ECS task definition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)\})")


def read(file: Path) -> dict[str, Any]:
    """The file's only service."""
    [service] = yaml.safe_load(file.read_text())["services"].values()
    return dict(service)


def task_definition(file: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """Properties of AWS::ECS::TaskDefinition, with `variables` interpolated as Compose does."""
    service = _interpolate(read(file), variables)
    return {
        "Cpu": str(round(float(service["cpus"]) * 1024)),
        "Memory": service["mem_limit"].removesuffix("m"),
        "ContainerDefinitions": [_container(service)],
    }


def _container(service: dict[str, Any]) -> dict[str, Any]:
    pairs = [entry.split("=", 1) for entry in service["environment"]]
    return {
        "Name": "Main",
        "Image": service["image"],
        "Essential": True,
        "Command": service.get("command", []),
        "Environment": [{"Name": name, "Value": value} for name, value in pairs],
        "PortMappings": [{"ContainerPort": int(port.rsplit(":", 1)[1])} for port in service["ports"]],
        **_health_check(service.get("healthcheck")),
        "User": service["user"],
        "ReadonlyRootFilesystem": service["read_only"],
        "LinuxParameters": {
            "Capabilities": {"Drop": service["cap_drop"]},
            "InitProcessEnabled": service["init"],
        },
        "StopTimeout": _seconds(service["stop_grace_period"]),
    }


def _health_check(check: dict[str, Any] | None) -> dict[str, Any]:
    """Return the check of the container, if there is one."""
    if check is None:
        return {}
    return {
        "HealthCheck": {
            "Command": check["test"],
            "Interval": _seconds(check["interval"]),
            "Timeout": _seconds(check["timeout"]),
            "Retries": check["retries"],
            "StartPeriod": _seconds(check["start_period"]),
        }
    }


def _interpolate(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _interpolate(entry, variables) for key, entry in value.items()}
    if isinstance(value, list):
        return [_interpolate(entry, variables) for entry in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: found[1] or variables[found[2]], value)
    return value


def _seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))
