"""What every stand-in shares: a deployed resource runs as a service of the emulator's ECS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ministack.services import alb, ecs
from ministack.services.cloudformation import provisioners, stacks

from local_aws.emulator.checks import Probe
from local_aws.emulator.patches.cloudformation import OWNERS
from local_aws.emulator.patches.ecs_containers import GENERATED_FILES
from local_aws.emulator.patches.ecs_deployments import waiting
from local_aws.emulator.patches.ecs_tasks import PROBES
from local_aws.emulator.services import balancing

_CLUSTER = "stand-ins"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A resource of the template, read as an ECS service.

    Attributes:
        definition: properties of AWS::ECS::TaskDefinition with one container `Main`, or a deployed one's ARN.
        count: how many tasks run.
        port: where `Main` listens.
        health_path: what the load balancer asks for; "" leaves that to `group`.
        group: ARN of the target group that the template owns; "" makes one for this service alone.
        listener: ARN of the listener that the template owns; "" makes a load balancer, unless `group` says otherwise.
        hosts: whose requests `listener` sends to the group that was made; names may hold `*`.
        cluster: name of the ECS cluster; ours unless the template names one.
        grace_s: seconds after a start in which failed checks do not count.
        probes: how Kubernetes asks its pods; None for what no Kubernetes runs.
        waits: whether a deployment is done when all tasks are well, and not already when it has begun.
        goes_back: whether a deployment that fails puts back the version before it, and does not go on trying.
        file: the generated file that all this was read from, for a launcher that starts containers by it.
    """

    definition: dict[str, Any] | str
    count: int
    port: int
    health_path: str = ""
    group: str = ""
    listener: str = ""
    hosts: tuple[str, ...] = ()
    cluster: str = _CLUSTER
    # A bad deployment ends soon here, however long the service of AWS would try.
    grace_s: int = 60
    probes: tuple[Probe, ...] | None = None
    waits: bool = True
    goes_back: bool = True
    file: Path | None = None


@dataclass(frozen=True)
class _Running:
    """A service that runs, with what was made for it; `balancer` and `rule` are "" where the template needs none."""

    balancer: str
    rule: str
    group: str
    written: dict[str, Any]


Read = Callable[[str, dict[str, Any], str], Service]
Attributes = Callable[[str, str], dict[str, str]]


def run_as_service(kind: str, read: Read, attributes: Attributes = lambda _arn, _name: {}) -> None:
    """Run resources of a type that MiniStack does not know, or does nothing for.

    Args:
        kind: the type.
        read: logical id, properties, stack -> the service; called anew for each update.
        attributes: physical id, own load balancer's name -> what `Fn::GetAtt` answers.
    """
    service = provisioners._RESOURCE_HANDLERS["AWS::ECS::Service"]
    made: dict[str, _Running] = {}

    def create(logical_id: str, props: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        found = read(logical_id, props, stack)
        balancer, rule, group = balancing.front(logical_id, stack, found.group, found.listener, found.hosts)
        # CloudFormation takes away what never stood, with or without the platform's help.
        written = _written(logical_id, stack, replace(found, goes_back=True), group)
        with waiting(found.waits):
            arn, _ = service["create"](logical_id, written, stack)
        made[arn] = _Running(balancer, rule, group, written)
        return arn, attributes(arn, balancing.name(balancer))

    def update(arn: str, _old: Any, new: dict[str, Any], stack: str, **_: Any) -> tuple[str, dict[str, str]]:
        before = made[arn]
        logical_id = arn.rsplit("-", 1)[-1]
        found = read(logical_id, new, stack)
        written = _written(logical_id, stack, found, before.group)
        made[arn] = replace(before, written=written)
        with waiting(found.waits):
            service["update"](arn, before.written, written, stack)
        return arn, attributes(arn, balancing.name(before.balancer))

    def delete(arn: str, _props: dict[str, Any]) -> None:
        ended = made.pop(arn)
        service["delete"](arn, ended.written)
        if ended.balancer or ended.rule:
            balancing.remove(ended.balancer, ended.rule, ended.group)

    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "update": update, "delete": delete}
    original = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type == kind or original(resource_type)


def _written(logical_id: str, stack: str, found: Service, group: str) -> dict[str, Any]:
    """Properties of AWS::ECS::Service."""
    # Whatever the template registers there, here it is a container with an address of its own.
    alb._tgs[group]["TargetType"] = "ip"
    if found.health_path:
        alb._tgs[group]["HealthCheckPath"] = found.health_path
    goes_back = found.waits and found.goes_back
    return {
        "Cluster": found.cluster,
        "TaskDefinition": _registered(logical_id, stack, found),
        "DesiredCount": found.count,
        "HealthCheckGracePeriodSeconds": found.grace_s,
        "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": goes_back, "Rollback": goes_back}},
        "LoadBalancers": [{"ContainerName": "Main", "ContainerPort": found.port, "TargetGroupArn": group}],
    }


def _registered(logical_id: str, stack: str, found: Service) -> str:
    """ARN of the service's task definition."""
    if isinstance(found.definition, str):
        return found.definition
    if found.cluster not in ecs._clusters:
        provisioners._ecs_cluster_create(logical_id, {"ClusterName": found.cluster}, stack)
    register = provisioners._RESOURCE_HANDLERS["AWS::ECS::TaskDefinition"]["create"]
    task = {"NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"]} | found.definition
    arn, _ = register(logical_id, task, stack)
    OWNERS[arn] = stack
    if found.probes is not None:
        PROBES[arn] = found.probes
    if found.file:
        GENERATED_FILES[arn] = found.file
    return str(arn)
