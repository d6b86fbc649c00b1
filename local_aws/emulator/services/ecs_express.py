"""ECS Express Mode: the template's own task definition behind a load balancer."""

from __future__ import annotations

from typing import Any

from ministack.services import ecs

from local_aws.emulator.services.ecs_backed_service import EcsService, run_as_ecs_service

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
_GRACE_PERIOD_S = 300


def emulate() -> None:
    """MiniStack does not know the type. Not emulated: certificate, canary, and alarms."""
    run_as_ecs_service(
        "AWS::ECS::ExpressGatewayService",
        lambda _logical_id, props, _stack: _read(props),
        lambda arn, dns_name: {"ServiceArn": arn, "Endpoint": dns_name},
    )


def _read(props: dict[str, Any]) -> EcsService:
    # Express Mode always waits for a new version, and rolls back; there is no property for it.
    return EcsService(
        task_definition=props["TaskDefinitionArn"],
        desired_count=int(props.get("ScalingTarget", {}).get("MinTaskCount", 1)),
        port=_port(props["TaskDefinitionArn"]),
        health_path=props.get("HealthCheckPath", "/ping"),
        cluster=props.get("Cluster", "default"),
        grace_period_s=_GRACE_PERIOD_S,
    )


def _port(task_definition: str) -> int:
    """The only port of `Main`, which Express Mode requires to have a name.

    Raises:
        ValueError: AWS would reject the task definition.
    """
    definition = ecs._task_defs[ecs._resolve_td_key(task_definition)]
    main = [container for container in definition["containerDefinitions"] if container["name"] == "Main"]
    ports = [port for container in main for port in container.get("portMappings", [])]
    if len(ports) != 1 or not ports[0].get("name") or "FARGATE" not in definition["requiresCompatibilities"]:
        raise ValueError(
            "Express Mode requires a FARGATE task definition with one container Main and one named TCP port"
        )
    return int(ports[0]["containerPort"])
