"""A Podman Quadlet unit, as an ECS task definition: for engines without Podman's own generator."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from typing import Any


def read(text: str) -> dict[str, str]:
    """Keys and values of the section [Container]; of a repeated key, the last value."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return dict(parser["Container"])


def port(unit: dict[str, str]) -> int:
    """The container port."""
    return int(unit["PublishPort"].rsplit(":", 1)[-1])


def unescape(text: str) -> str:
    """Replace systemd's escape sequences for specifiers and variables."""
    return text.replace("%%", "%").replace("$$", "$")


def task_definition(unit: dict[str, str], environment: str) -> dict[str, Any]:
    """Properties of AWS::ECS::TaskDefinition; `environment` holds lines of NAME=VALUE."""
    limits = dict(option.removeprefix("--").split("=", 1) for option in unit["PodmanArgs"].split())
    pairs = [line.split("=", 1) for line in environment.splitlines()]
    container = {
        "Name": "Main",
        "Image": unit["Image"],
        "Essential": True,
        "Command": shlex.split(unescape(unit.get("Exec", ""))),
        "Environment": [{"Name": name, "Value": value} for name, value in pairs],
        "PortMappings": [{"ContainerPort": port(unit), "Protocol": "tcp"}],
        "User": f"{unit['User']}:{unit['Group']}",
        "ReadonlyRootFilesystem": unit.get("ReadOnly") == "true",
        "StopTimeout": int(unit["StopTimeout"]),
        "LinuxParameters": {
            "InitProcessEnabled": unit.get("RunInit") == "true",
            "Capabilities": {"Drop": [unit["DropCapability"].upper()]},
        },
        **_health_check(unit),
    }
    return {
        "Cpu": str(round(float(limits["cpus"]) * 1024)),
        "Memory": limits["memory"].removesuffix("m"),
        "ContainerDefinitions": [container],
    }


def _health_check(unit: dict[str, str]) -> dict[str, Any]:
    """Return the check of the container, if the unit has one."""
    if "HealthCmd" not in unit:
        return {}
    return {
        "HealthCheck": {
            "Command": _health_command(unescape(unit["HealthCmd"])),
            "Interval": _seconds(unit["HealthInterval"]),
            "Timeout": _seconds(unit["HealthTimeout"]),
            "Retries": int(unit["HealthRetries"]),
            "StartPeriod": _seconds(unit["HealthStartPeriod"]),
        }
    }


def _health_command(command: str) -> list[str]:
    """Podman runs a JSON list directly, and passes anything else to a shell."""
    return ["CMD", *json.loads(command)] if command.startswith("[") else ["CMD-SHELL", command]


def _seconds(duration: str) -> int:
    found = re.fullmatch(r"(\d+)s", duration)
    if not found:
        raise ValueError(f"the duration {duration!r} in a Quadlet unit is not in whole seconds, such as 10s")
    return int(found[1])
