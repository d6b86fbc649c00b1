"""App Runner: the template's image, port, size, environment and secrets behind a load balancer."""

from __future__ import annotations

import shlex
import uuid
from typing import Any

from local_aws.emulator.kept_mappings import keep
from local_aws.emulator.patches.cloudformation import Created, add_replaced_type
from local_aws.emulator.services.ecs_backed_service import EcsService, run_as_ecs_service

_MIN_SIZES: dict[str, int] = keep("app-runner-min-sizes", {})
"""Auto scaling configuration ARN -> minimum number of instances."""


def emulate() -> None:
    """MiniStack does not know the types. Not emulated: scaling, the certificate, and the collector."""
    add_replaced_type(
        "AWS::AppRunner::AutoScalingConfiguration",
        lambda props, _stack: _create_scaling(props),
        lambda arn, _props: _MIN_SIZES.pop(arn, None),
    )
    run_as_ecs_service(
        "AWS::AppRunner::Service",
        lambda _logical_id, props, _stack: _read(props),
        lambda arn, dns_name: {"ServiceArn": arn, "ServiceUrl": dns_name},
    )


def _create_scaling(props: dict[str, Any]) -> Created:
    arn = f"arn:aws:apprunner:us-east-1:000000000000:autoscalingconfiguration/{uuid.uuid4().hex}/1"
    _MIN_SIZES[arn] = int(props.get("MinSize", 1))
    return arn, {"AutoScalingConfigurationArn": arn}


def _read(props: dict[str, Any]) -> EcsService:
    instance, image = props.get("InstanceConfiguration", {}), props["SourceConfiguration"].get("ImageRepository")
    if image is None:
        raise ValueError("App Runner source builds are not emulated: deploy the service from an image")
    configuration = image.get("ImageConfiguration", {})
    port = int(configuration.get("Port", 8080))
    container = {
        "Name": "Main",
        "Image": image["ImageIdentifier"],
        "Essential": True,
        "Environment": configuration.get("RuntimeEnvironmentVariables", []),
        "Secrets": [
            {"Name": entry["Name"], "ValueFrom": entry["Value"]}
            for entry in configuration.get("RuntimeEnvironmentSecrets", [])
        ],
        "Command": shlex.split(configuration.get("StartCommand", "")),
        "PortMappings": [{"ContainerPort": port, "Protocol": "tcp"}],
    }
    size = {"Cpu": instance.get("Cpu", "1024"), "Memory": instance.get("Memory", "2048")}
    return EcsService(
        task_definition=size
        | {"TaskRoleArn": instance.get("InstanceRoleArn", ""), "ContainerDefinitions": [container]},
        desired_count=_MIN_SIZES.get(props.get("AutoScalingConfigurationArn", ""), 1),
        port=port,
        # App Runner always waits for a new version, and rolls back; there is no property for it.
        # Without a path its health check is a TCP connection, which is an HTTP request to "/" here.
        health_path=props.get("HealthCheckConfiguration", {}).get("Path", "/"),
    )
