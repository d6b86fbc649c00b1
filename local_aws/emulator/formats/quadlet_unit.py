"""A Podman Quadlet unit, as an ECS task definition: for engines without Podman's own generator."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from local_aws.emulator.formats.compose_file import ecs_tmpfs


def read(text: str, section: str = "Container") -> dict[str, str]:
    """Keys and values of a section; of a repeated key, the last value."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return dict(parser[section]) if parser.has_section(section) else {}


def values(text: str, key: str) -> list[str]:
    """All values of a key that may be repeated, such as `EnvironmentFile` and `Tmpfs`."""
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def port(unit: dict[str, str]) -> int:
    """The container port."""
    return int(unit["PublishPort"].rsplit(":", 1)[-1])


def unescape(text: str) -> str:
    """Replace systemd's escape sequences for specifiers and variables."""
    return text.replace("%%", "%").replace("$$", "$")


def task_definition(text: str, files: Mapping[str, str]) -> dict[str, Any]:
    """Properties of AWS::ECS::TaskDefinition.

    Args:
        text: the unit.
        files: path -> content of the other files on the instance: lines of NAME=VALUE in those that the unit reads the
            environment from, and the list of secrets that it reads before it starts.
    """
    unit = read(text)
    limits = dict(option.removeprefix("--").split("=", 1) for option in unit["PodmanArgs"].split())
    lines = [line for path in values(text, "EnvironmentFile") for line in files.get(path, "").splitlines()]
    pairs = [line.split("=", 1) for line in lines]
    container: dict[str, Any] = {
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
    }
    if mounts := [_tmpfs(entry) for entry in values(text, "Tmpfs")]:
        container["LinuxParameters"]["Tmpfs"] = mounts
    if secrets := _secrets(text, files):
        container["Secrets"] = [{"Name": name, "ValueFrom": arn} for name, arn in secrets.items()]
    # Without a check, the load balancer decides.
    if "HealthCmd" in unit:
        container["HealthCheck"] = _health_check(unit)
    return {
        "Cpu": str(round(float(limits["cpus"]) * 1024)),
        "Memory": limits["memory"].removesuffix("m"),
        "ContainerDefinitions": [container],
    }


def _secrets(text: str, files: Mapping[str, str]) -> dict[str, str]:
    """Name -> ARN of the secrets in the list that a command before the start of the unit reads."""
    words = shlex.split(read(text, "Service").get("ExecStartPre", ""))
    found = [files[word] for word in words[1:] if word in files]
    return dict(json.loads(found[0])) if found else {}


def _tmpfs(entry: str) -> dict[str, Any]:
    """A mount of ECS. `notmpcopyup` is an option of Podman, whose API does not need it."""
    path, _, options = entry.partition(":")
    return ecs_tmpfs(path, ",".join(option for option in options.split(",") if option != "notmpcopyup"))


def _health_check(unit: dict[str, str]) -> dict[str, Any]:
    return {
        "Command": _health_command(unescape(unit["HealthCmd"])),
        "Interval": _seconds(unit["HealthInterval"]),
        "Timeout": _seconds(unit["HealthTimeout"]),
        "Retries": int(unit["HealthRetries"]),
        "StartPeriod": _seconds(unit["HealthStartPeriod"]),
    }


def _health_command(command: str) -> list[str]:
    """Podman runs a JSON list directly, and passes anything else to a shell."""
    return ["CMD", *json.loads(command)] if command.startswith("[") else ["CMD-SHELL", command]


def _seconds(duration: str) -> int:
    found = re.fullmatch(r"(\d+)s", duration)
    if not found:
        raise ValueError(f"the duration {duration!r} in a Quadlet unit is not in whole seconds, such as 10s")
    return int(found[1])
