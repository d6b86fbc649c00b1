"""ECS Express Mode, our stand-in: the template's own task definition behind a load balancer."""

from __future__ import annotations

from typing import Any

from ministack.services import ecs

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.services.service import Service, run_as_service

_EXPRESS = "AWS::ECS::ExpressGatewayService"
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
_GRACE_S = 300


def run_express_services(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack does not know the type. Here it has no certificate, canary or alarm; its name is its balancer's."""
    run_as_service(_EXPRESS, _read, lambda arn, name: {"ServiceArn": arn, "Endpoint": name})


def _read(_logical_id: str, props: dict[str, Any], _stack: str) -> Service:
    # Express Mode always waits for a new version, and goes back: no property says so.
    return Service(
        definition=props["TaskDefinitionArn"],
        count=int(props.get("ScalingTarget", {}).get("MinTaskCount", 1)),
        port=_port(props["TaskDefinitionArn"]),
        health_path=props.get("HealthCheckPath", "/ping"),
        cluster=props.get("Cluster", "default"),
        grace_s=_GRACE_S,
    )


def _port(task_definition: str) -> int:
    """The one port of `Main`, which Express Mode wants named; ValueError where AWS would refuse the definition."""
    definition = ecs._task_defs[ecs._resolve_td_key(task_definition)]
    main = [container for container in definition["containerDefinitions"] if container["name"] == "Main"]
    ports = [port for container in main for port in container.get("portMappings", [])]
    if len(ports) != 1 or not ports[0].get("name") or "FARGATE" not in definition["requiresCompatibilities"]:
        raise ValueError("Express Mode takes a FARGATE task definition with one container Main and one named TCP port")
    return int(ports[0]["containerPort"])
