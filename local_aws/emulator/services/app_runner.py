"""App Runner, our stand-in: the template's image, port, size and environment behind a load balancer."""

from __future__ import annotations

import shlex
import uuid
from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.services.service import Service, run_as_service

_SCALING = "AWS::AppRunner::AutoScalingConfiguration"
_LEAST: dict[str, int] = {}


def run_app_runner_services(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack does not know the types. Here nothing scales, and no certificate or collector is made."""
    provisioners._RESOURCE_HANDLERS[_SCALING] = {
        "create": lambda _logical_id, props, _stack: _configure(props),
        # Every property of it is replaced, never changed.
        "update": lambda _arn, _old, new, _stack, **_: _configure(new),
        "delete": lambda arn, _props: _LEAST.pop(arn, None),
    }
    run_as_service("AWS::AppRunner::Service", _read, lambda arn, name: {"ServiceArn": arn, "ServiceUrl": name})


def _configure(props: dict[str, Any]) -> tuple[str, dict[str, str]]:
    arn = f"arn:aws:apprunner:us-east-1:000000000000:autoscalingconfiguration/{uuid.uuid4().hex}/1"
    _LEAST[arn] = int(props.get("MinSize", 1))
    return arn, {"AutoScalingConfigurationArn": arn}


def _read(_logical_id: str, props: dict[str, Any], _stack: str) -> Service:
    instance, image = props.get("InstanceConfiguration", {}), props["SourceConfiguration"].get("ImageRepository")
    if image is None:
        raise ValueError("App Runner's own builds cannot be had here: deploy it from the image")
    told = image.get("ImageConfiguration", {})
    port = int(told.get("Port", 8080))
    container = {
        "Name": "Main",
        "Image": image["ImageIdentifier"],
        "Essential": True,
        "Environment": told.get("RuntimeEnvironmentVariables", []),
        "Command": shlex.split(told.get("StartCommand", "")),
        "PortMappings": [{"ContainerPort": port, "Protocol": "tcp"}],
    }
    size = {"Cpu": instance.get("Cpu", "1024"), "Memory": instance.get("Memory", "2048")}
    return Service(
        definition=size | {"TaskRoleArn": instance.get("InstanceRoleArn", ""), "ContainerDefinitions": [container]},
        count=_LEAST.get(props.get("AutoScalingConfigurationArn", ""), 1),
        port=port,
        # App Runner always waits for a new version, and goes back: no property says so.
        # Without a path it tries whether the port is open; here that is asked for by the shortest path.
        health_path=props.get("HealthCheckConfiguration", {}).get("Path", "/"),
    )
