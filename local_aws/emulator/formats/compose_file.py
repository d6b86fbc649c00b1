"""A Compose file with one service, as an ECS task definition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# A dollar sign, or a variable, which may have a message for the case that it is not set.
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::\?([^}]*))?\})")


def read(file: Path) -> dict[str, Any]:
    """The file's only service."""
    [service] = yaml.safe_load(file.read_text())["services"].values()
    return dict(service)


def task_definition(
    file: Path, variables: Mapping[str, str], secrets: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Properties of AWS::ECS::TaskDefinition, with `variables` interpolated as Compose does.

    Args:
        file: the Compose file.
        variables: name -> value.
        secrets: name of a variable -> ARN that ECS reads its value from. Default: none.
    """
    service, secrets = read(file), secrets or {}
    pairs = [entry.split("=", 1) for entry in service["environment"]]
    service["environment"] = [f"{name}={value}" for name, value in pairs if not _is_variable(value, secrets)]
    container = _container(_interpolate(service, variables))
    if read_secrets := [name for name, value in pairs if _is_variable(value, secrets)]:
        container["Secrets"] = [{"Name": name, "ValueFrom": secrets[name]} for name in read_secrets]
    return {
        "Cpu": str(round(float(service["cpus"]) * 1024)),
        "Memory": service["mem_limit"].removesuffix("m"),
        "ContainerDefinitions": [container],
    }


def _is_variable(value: str, names: Mapping[str, str]) -> bool:
    found = _VARIABLE.fullmatch(value)
    return found is not None and found[2] in names


def _container(service: dict[str, Any]) -> dict[str, Any]:
    pairs = [entry.split("=", 1) for entry in service["environment"]]
    container = {
        "Name": "Main",
        "Image": service["image"],
        "Essential": True,
        "Command": service.get("command", []),
        "Environment": [{"Name": name, "Value": value} for name, value in pairs],
        "PortMappings": [{"ContainerPort": int(port.rsplit(":", 1)[1])} for port in service["ports"]],
        "User": service["user"],
        "ReadonlyRootFilesystem": service["read_only"],
        "LinuxParameters": {
            "Capabilities": {"Drop": service["cap_drop"]},
            "InitProcessEnabled": service["init"],
            **({"Tmpfs": [_tmpfs(entry) for entry in service["tmpfs"]]} if "tmpfs" in service else {}),
        },
        "StopTimeout": _seconds(service["stop_grace_period"]),
    }
    # Without a check, the load balancer decides.
    return container | ({"HealthCheck": _health_check(service["healthcheck"])} if "healthcheck" in service else {})


def _health_check(check: dict[str, Any]) -> dict[str, Any]:
    return {
        "Command": check["test"],
        "Interval": _seconds(check["interval"]),
        "Timeout": _seconds(check["timeout"]),
        "Retries": check["retries"],
        "StartPeriod": _seconds(check["start_period"]),
    }


def _tmpfs(entry: str) -> dict[str, Any]:
    """A mount of ECS: path, size in MiB, and the other options."""
    path, _, options = entry.partition(":")
    return ecs_tmpfs(path, options)


def ecs_tmpfs(path: str, options: str) -> dict[str, Any]:
    """A mount in memory as ECS writes it.

    Args:
        path: the directory in the container.
        options: options of `docker run --tmpfs`, with a size in MiB such as `size=64m`.
    """
    given = options.split(",")
    [size] = [option.removeprefix("size=").removesuffix("m") for option in given if option.startswith("size=")]
    others = [option for option in given if not option.startswith("size=")]
    return {"ContainerPath": path, "Size": int(size), "MountOptions": others}


def _interpolate(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _interpolate(entry, variables) for key, entry in value.items()}
    if isinstance(value, list):
        return [_interpolate(entry, variables) for entry in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: found[1] or _value(variables, found), value)
    return value


def _value(variables: Mapping[str, str], found: re.Match[str]) -> str:
    if found[3] is not None and not variables.get(found[2]):
        raise ValueError(f"{found[2]}: {found[3]}")
    return variables[found[2]]


def _seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))
