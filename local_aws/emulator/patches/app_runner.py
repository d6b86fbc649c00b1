"""App Runner, our stand-in: the template's image as an ECS service behind a load balancer."""

from __future__ import annotations

import shlex
import uuid
from typing import Any

from ministack.services import ecs
from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.patches.balanced_services import Balanced, run_balanced
from local_aws.emulator.patches.cloudformation import OWNERS

_SCALING = "AWS::AppRunner::AutoScalingConfiguration"
_CLUSTER = "app-runner"
# A bad deployment ends soon; App Runner itself names no time.
_GRACE_S = 60


def run_app_runner_services(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack does not know the types. Here nothing scales, and no certificate or collector is made."""
    least: dict[str, int] = {}

    def configure(_logical_id: str, props: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        arn = f"arn:aws:apprunner:us-east-1:000000000000:autoscalingconfiguration/{uuid.uuid4().hex}/1"
        least[arn] = int(props.get("MinSize", 1))
        return arn, {"AutoScalingConfigurationArn": arn}

    def read(logical_id: str, props: dict[str, Any], stack: str) -> Balanced:
        if _CLUSTER not in ecs._clusters:
            provisioners._ecs_cluster_create(logical_id, {"ClusterName": _CLUSTER}, stack)
        register = provisioners._RESOURCE_HANDLERS["AWS::ECS::TaskDefinition"]["create"]
        definition, _ = register(logical_id, _definition(props), stack)
        OWNERS[definition] = stack
        service = {
            "Cluster": _CLUSTER,
            "TaskDefinition": definition,
            "DesiredCount": least.get(props.get("AutoScalingConfigurationArn", ""), 1),
            "HealthCheckGracePeriodSeconds": _GRACE_S,
            "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}},
        }
        # Without a path App Runner tries whether the port is open; here that is asked for by the shortest path.
        return Balanced(service, _port(props), props.get("HealthCheckConfiguration", {}).get("Path", "/"))

    provisioners._RESOURCE_HANDLERS[_SCALING] = {
        "create": configure,
        # Every property of it is replaced, never changed.
        "update": lambda _arn, _old, new, stack, **_: configure("", new, stack),
        "delete": lambda _arn, _props: None,
    }
    run_balanced("AWS::AppRunner::Service", read, lambda arn, name: {"ServiceArn": arn, "ServiceUrl": name})


def _definition(props: dict[str, Any]) -> dict[str, Any]:
    instance, image = props.get("InstanceConfiguration", {}), props["SourceConfiguration"]["ImageRepository"]
    told = image.get("ImageConfiguration", {})
    container = {
        "Name": "Main",
        "Image": image["ImageIdentifier"],
        "Essential": True,
        "Environment": told.get("RuntimeEnvironmentVariables", []),
        "Command": shlex.split(told.get("StartCommand", "")),
        "PortMappings": [{"ContainerPort": _port(props), "Protocol": "tcp"}],
    }
    return {
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "Cpu": instance.get("Cpu", "1024"),
        "Memory": instance.get("Memory", "2048"),
        "TaskRoleArn": instance.get("InstanceRoleArn", ""),
        "ContainerDefinitions": [container],
    }


def _port(props: dict[str, Any]) -> int:
    return int(props["SourceConfiguration"]["ImageRepository"].get("ImageConfiguration", {}).get("Port", 8080))
