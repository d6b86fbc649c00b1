"""ECS Express Mode, our stand-in: the template's task definition as an ECS service behind a load balancer."""

from __future__ import annotations

from typing import Any

from ministack.services import alb, ecs
from ministack.services.cloudformation import provisioners, stacks

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine

_EXPRESS = "AWS::ECS::ExpressGatewayService"
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
_GRACE_S = 300


def run_express_services(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack does not know the type. Here it has no certificate, canary or alarm; its name is its balancer's."""
    service = provisioners._RESOURCE_HANDLERS["AWS::ECS::Service"]
    balancers: dict[str, tuple[str, str]] = {}

    def create(logical_id: str, props: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        target = {"ContainerName": "Main", "ContainerPort": _port(props["TaskDefinitionArn"])}
        balancer, known = provisioners._elbv2_load_balancer_create(logical_id, {}, stack)
        checked = {"TargetType": "ip", "HealthCheckPath": props.get("HealthCheckPath", "/ping")}
        group, _ = provisioners._elbv2_target_group_create(logical_id, checked, stack)
        forward = {"LoadBalancerArn": balancer, "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]}
        provisioners._elbv2_listener_create(logical_id, forward, stack)
        behind = {"LoadBalancers": [target | {"TargetGroupArn": group}]}
        arn, _ = service["create"](logical_id, _as_service(props) | behind, stack)
        balancers[arn] = balancer, group
        return arn, {"ServiceArn": arn, "Endpoint": known["DNSName"]}

    def update(arn: str, old: dict[str, Any], new: dict[str, Any], stack: str, **_: Any) -> tuple[str, dict[str, str]]:
        balancer, group = balancers[arn]
        alb._tgs[group]["HealthCheckPath"] = new.get("HealthCheckPath", "/ping")
        service["update"](arn, _as_service(old), _as_service(new), stack)
        return arn, {"ServiceArn": arn, "Endpoint": alb._lbs[balancer]["DNSName"]}

    def delete(arn: str, props: dict[str, Any]) -> None:
        service["delete"](arn, _as_service(props))
        balancer, group = balancers.pop(arn)
        provisioners._elbv2_load_balancer_delete(balancer, {})
        provisioners._elbv2_target_group_delete(group, {})

    provisioners._RESOURCE_HANDLERS[_EXPRESS] = {"create": create, "update": update, "delete": delete}
    original = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type == _EXPRESS or original(resource_type)


def _as_service(props: dict[str, Any]) -> dict[str, Any]:
    """As many tasks as there are at least; a bad deployment ends soon."""
    return {
        "Cluster": props.get("Cluster", "default"),
        "TaskDefinition": props["TaskDefinitionArn"],
        "DesiredCount": int(props.get("ScalingTarget", {}).get("MinTaskCount", 1)),
        "HealthCheckGracePeriodSeconds": _GRACE_S,
        "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}},
    }


def _port(task_definition: str) -> int:
    """The one port of `Main`, which Express Mode wants named; ValueError where AWS would refuse the definition."""
    definition = ecs._task_defs[ecs._resolve_td_key(task_definition)]
    main = [container for container in definition["containerDefinitions"] if container["name"] == "Main"]
    ports = [port for container in main for port in container.get("portMappings", [])]
    if len(ports) != 1 or not ports[0].get("name") or "FARGATE" not in definition["requiresCompatibilities"]:
        raise ValueError("Express Mode takes a FARGATE task definition with one container Main and one named TCP port")
    return int(ports[0]["containerPort"])
