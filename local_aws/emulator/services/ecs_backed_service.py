"""Base of the emulated services: a deployed resource runs as a service of the emulator's ECS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ministack.services import alb, ecs, iam
from ministack.services.cloudformation import provisioners

from local_aws.emulator.health_checks import Probe
from local_aws.emulator.kept_mappings import keep
from local_aws.emulator.patches.cloudformation import (
    LOGICAL_IDS,
    STACKS,
    Created,
    add_resource_type,
    run_on_worker_thread,
)
from local_aws.emulator.patches.ecs_services import waiting
from local_aws.emulator.patches.ecs_tasks import GENERATED_FILES, PROBES

CLUSTER = "emulated-services"


@dataclass(frozen=True, kw_only=True)
class EcsService:
    """A resource of a template, as an ECS service.

    Attributes:
        task_definition: properties of AWS::ECS::TaskDefinition with one container `Main`, or the ARN of a deployed one.
        desired_count: the number of tasks.
        port: the container port of `Main`. Default: 0, it receives no requests.
        health_path: the path of the target group's health check. Default: "", `target_group` defines it.
        healthy_codes: the status codes of that health check, such as "200-499". Default: "200".
        target_group: ARN of the template's target group. Default: "", the service gets one of its own.
        listener: ARN of the template's listener. Default: "", the service gets a load balancer of its own, unless it
            has a `target_group`.
        hosts: host names that `listener` forwards to the service's own target group; `*` is a wildcard. Default: none.
        cluster: name of the ECS cluster. Default: a cluster of emulated services.
        grace_period_s: seconds after a start in which failed checks do not count. Default: 60, so that a failed
            deployment ends soon, however long AWS would try.
        probes: Kubernetes probes of the pods. Default: None, this is no pod.
        wait: whether a deployment is complete when all tasks are healthy. Default: True; False completes it at once.
        rollback: whether a failed deployment rolls back. Default: True; False makes it retry.
        file: the generated file that describes the container, for a launcher. Default: None, no launcher.
    """

    task_definition: dict[str, Any] | str
    desired_count: int
    port: int = 0
    health_path: str = ""
    healthy_codes: str = "200"
    target_group: str = ""
    listener: str = ""
    hosts: tuple[str, ...] = ()
    cluster: str = CLUSTER
    grace_period_s: int = 60
    probes: tuple[Probe, ...] | None = None
    wait: bool = True
    rollback: bool = True
    file: Path | None = None


@dataclass(frozen=True)
class _Deployed:
    """A deployed service, and the load balancer resources of its own; "" where the template has them."""

    load_balancer: str
    rule: str
    target_group: str
    service: EcsService
    props: dict[str, Any]

    @property
    def dns_name(self) -> str:
        return str(alb._lbs[self.load_balancer]["DNSName"]) if self.load_balancer else ""


def run_as_ecs_service(
    resource_type: str,
    read: Callable[[str, dict[str, Any], str], EcsService],
    attributes: Callable[[str, str], dict[str, str]] = lambda _arn, _dns_name: {},
) -> None:
    """Run resources of a type that MiniStack does not know, or does nothing for.

    Args:
        resource_type: the type, such as "AWS::AppRunner::Service".
        read: logical ID, properties, stack name -> the service; called for each creation and update.
        attributes: physical ID, DNS name of the service's own load balancer -> values for `Fn::GetAtt`. Default: none.
    """
    ecs_service = provisioners._RESOURCE_HANDLERS["AWS::ECS::Service"]
    deployed: dict[str, _Deployed] = keep(resource_type, {})

    def create(logical_id: str, props: dict[str, Any], stack: str) -> Created:
        service = read(logical_id, props, stack)
        load_balancer, rule, target_group = _load_balancing(logical_id, stack, service)
        # CloudFormation removes a service that never was healthy, with or without a circuit breaker.
        definition = register(logical_id, stack, service)
        props = _props(replace(service, rollback=True), definition, target_group)
        found = _Deployed(load_balancer, rule, target_group, service, props)
        with waiting(service.wait):
            arn, _ = ecs_service["create"](logical_id, props, stack)
        deployed[arn] = found
        return arn, attributes(arn, found.dns_name)

    def update(arn: str, _old: Any, props: dict[str, Any], stack: str, logical_id: str) -> Created:
        service, before = read(logical_id, props, stack), deployed[arn]
        target_group = service.target_group or before.target_group
        # The same template of a replica replaces none: only the number of replicas or the load balancing changes.
        is_same = _replica(service) == _replica(before.service)
        definition = before.props["TaskDefinition"] if is_same else register(logical_id, stack, service)
        props = _props(service, definition, target_group)
        found = replace(before, target_group=target_group, service=service, props=props)
        deployed[arn] = found
        with waiting(service.wait):
            ecs_service["update"](arn, before.props, found.props, stack)
        return arn, attributes(arn, found.dns_name)

    def delete(arn: str, _props: dict[str, Any]) -> None:
        found = deployed.pop(arn)
        ecs_service["delete"](arn, found.props)
        if found.load_balancer:
            provisioners._elbv2_load_balancer_delete(found.load_balancer, {})
        if found.rule:
            provisioners._elbv2_listener_rule_delete(found.rule, {})
        if found.load_balancer or found.rule:
            provisioners._elbv2_target_group_delete(found.target_group, {})

    add_resource_type(resource_type, create, update, delete)
    run_on_worker_thread(resource_type)


def instance_profile_role(arn: str) -> str:
    """ARN of the role in an instance profile."""
    [name] = iam._lookup_instance_profile(arn=arn)["Roles"]
    return str(iam._roles[name]["Arn"])


def _load_balancing(logical_id: str, stack: str, service: EcsService) -> tuple[str, str, str]:
    """ARNs of load balancer, listener rule and target group; creates those that the template does not have."""
    if not service.port:
        return "", "", ""
    if service.target_group:
        return "", "", service.target_group
    group, _ = provisioners._elbv2_target_group_create(logical_id, {"TargetType": "ip"}, stack)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    if service.listener:
        hosts = [{"Field": "host-header", "Values": list(service.hosts)}]
        props = {"ListenerArn": service.listener, "Priority": 1, "Conditions": hosts, "Actions": forward}
        rule, _ = provisioners._elbv2_listener_rule_create(logical_id, props, stack)
        return "", str(rule), str(group)
    load_balancer, _ = provisioners._elbv2_load_balancer_create(logical_id, {}, stack)
    listener = {"LoadBalancerArn": load_balancer, "DefaultActions": forward}
    provisioners._elbv2_listener_create(logical_id, listener, stack)
    return str(load_balancer), "", str(group)


def _replica(service: EcsService) -> tuple[Any, ...]:
    """The part of a service that its replicas are made from."""
    return service.task_definition, service.port, service.probes, service.file


def _props(service: EcsService, task_definition: str, target_group: str) -> dict[str, Any]:
    """Properties of AWS::ECS::Service."""
    rollback = service.wait and service.rollback
    props = {
        "Cluster": service.cluster,
        "TaskDefinition": task_definition,
        "DesiredCount": service.desired_count,
        "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": rollback, "Rollback": rollback}},
    }
    if not service.port:
        return props
    # Whatever target type the template has, a target here is a container with an IP address.
    alb._tgs[target_group]["TargetType"] = "ip"
    if service.health_path:
        alb._tgs[target_group] |= {
            "HealthCheckPath": service.health_path,
            "Matcher": {"HttpCode": service.healthy_codes},
        }
    return props | {
        "HealthCheckGracePeriodSeconds": service.grace_period_s,
        "LoadBalancers": [{"ContainerName": "Main", "ContainerPort": service.port, "TargetGroupArn": target_group}],
    }


def register(logical_id: str, stack: str, service: EcsService) -> str:
    """Register the service's task definition and return its ARN."""
    if isinstance(service.task_definition, str):
        return service.task_definition
    if service.cluster not in ecs._clusters:
        provisioners._ecs_cluster_create(logical_id, {"ClusterName": service.cluster}, stack)
    register = provisioners._RESOURCE_HANDLERS["AWS::ECS::TaskDefinition"]["create"]
    props = {"NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"]} | service.task_definition
    arn, _ = register(logical_id, props, stack)
    STACKS[arn], LOGICAL_IDS[arn] = stack, logical_id
    if service.probes is not None:
        PROBES[arn] = service.probes
    if service.file:
        GENERATED_FILES[arn] = service.file
    return str(arn)
