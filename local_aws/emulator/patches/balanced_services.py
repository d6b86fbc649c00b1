"""What our stand-ins for managed services share: an ECS service behind a load balancer of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import alb
from ministack.services.cloudformation import provisioners, stacks


@dataclass(frozen=True)
class Balanced:
    """A resource of the template, read as an ECS service.

    Attributes:
        service: properties of AWS::ECS::Service.
        port: where its container `Main` listens.
        health_path: what the load balancer asks for.
    """

    service: dict[str, Any]
    port: int
    health_path: str


Read = Callable[[str, dict[str, Any], str], Balanced]


def run_balanced(kind: str, read: Read, attributes: Callable[[str, str], dict[str, str]]) -> None:
    """Run resources of a type that MiniStack does not know.

    Args:
        kind: the type.
        read: logical id, properties, stack -> the service; called anew for each update.
        attributes: physical id, load balancer's name -> what `Fn::GetAtt` answers.
    """
    service = provisioners._RESOURCE_HANDLERS["AWS::ECS::Service"]
    made: dict[str, tuple[str, str, dict[str, Any]]] = {}

    def create(logical_id: str, props: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        found = read(logical_id, props, stack)
        balancer, known = provisioners._elbv2_load_balancer_create(logical_id, {}, stack)
        checked = {"TargetType": "ip", "HealthCheckPath": found.health_path}
        group, _ = provisioners._elbv2_target_group_create(logical_id, checked, stack)
        forward = {"LoadBalancerArn": balancer, "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]}
        provisioners._elbv2_listener_create(logical_id, forward, stack)
        written = _behind(group, found)
        arn, _ = service["create"](logical_id, written, stack)
        made[arn] = balancer, group, written
        return arn, attributes(arn, known["DNSName"])

    def update(arn: str, _old: Any, new: dict[str, Any], stack: str, **_: Any) -> tuple[str, dict[str, str]]:
        balancer, group, before = made[arn]
        found = read(arn.rsplit("-", 1)[-1], new, stack)
        alb._tgs[group]["HealthCheckPath"] = found.health_path
        written = _behind(group, found)
        service["update"](arn, before, written, stack)
        made[arn] = balancer, group, written
        return arn, attributes(arn, alb._lbs[balancer]["DNSName"])

    def delete(arn: str, _props: dict[str, Any]) -> None:
        balancer, group, written = made.pop(arn)
        service["delete"](arn, written)
        provisioners._elbv2_load_balancer_delete(balancer, {})
        provisioners._elbv2_target_group_delete(group, {})

    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "update": update, "delete": delete}
    original = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type == kind or original(resource_type)


def _behind(group: str, found: Balanced) -> dict[str, Any]:
    target = {"ContainerName": "Main", "ContainerPort": found.port, "TargetGroupArn": group}
    return found.service | {"LoadBalancers": [target]}
