"""A Podman Quadlet unit in the words of an ECS task definition, for engines that Podman's generator does not know."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from typing import Any

Unit = dict[str, dict[str, str]]


def read(text: str) -> Unit:
    """Section -> key -> value; of a key that stands there twice, the last."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


def port(unit: Unit) -> int:
    """Where the container listens."""
    return int(unit["Container"]["PublishPort"].rsplit(":", 1)[-1])


def size(unit: Unit) -> dict[str, str]:
    """CPU units and MiB of the limits that Podman is given."""
    words = dict(word.removeprefix("--").split("=", 1) for word in unit["Container"]["PodmanArgs"].split())
    return {"Cpu": str(round(float(words["cpus"]) * 1024)), "Memory": words["memory"].removesuffix("m")}


def container(unit: Unit, environment: str) -> dict[str, Any]:
    """The container `Main`; `environment` are lines of NAME=VALUE."""
    said = unit["Container"]
    pairs = [line.split("=", 1) for line in environment.splitlines()]
    return {
        "Name": "Main",
        "Image": said["Image"],
        "Essential": True,
        "Command": shlex.split(_literal(said.get("Exec", ""))),
        "Environment": [{"Name": name, "Value": value} for name, value in pairs],
        "PortMappings": [{"ContainerPort": port(unit), "Protocol": "tcp"}],
        "User": f"{said['User']}:{said['Group']}",
        "ReadonlyRootFilesystem": said.get("ReadOnly") == "true",
        "StopTimeout": int(said["StopTimeout"]),
        "LinuxParameters": {
            "InitProcessEnabled": said.get("RunInit") == "true",
            "Capabilities": {"Drop": [said["DropCapability"].upper()]},
        },
        "HealthCheck": {
            "Command": _command(said["HealthCmd"]),
            "Interval": _seconds(said["HealthInterval"]),
            "Timeout": _seconds(said["HealthTimeout"]),
            "Retries": int(said["HealthRetries"]),
            "StartPeriod": _seconds(said["HealthStartPeriod"]),
        },
    }


def _command(written: str) -> list[str]:
    """Podman runs a list as it is, and hands anything else to a shell."""
    literal = _literal(written)
    return ["CMD", *json.loads(literal)] if literal.startswith("[") else ["CMD-SHELL", literal]


def _literal(written: str) -> str:
    """What systemd hands on: it reads these pairs as one sign each."""
    return written.replace("%%", "%").replace("$$", "$")


def _seconds(written: str) -> int:
    found = re.fullmatch(r"(\d+)s", written)
    if not found:
        raise ValueError(f"duration {written!r} in a Quadlet unit is not in whole seconds, such as 10s")
    return int(found[1])
