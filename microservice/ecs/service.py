"""The ECS service behind a load balancer: deployment, and rollback."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..ingress.base import Ingress
from ..ingress.target_group import target_group
from ..spec import ServiceSpec
from ..subnets import private_subnets
from .blue_green import attach_blue_green
from .service_discovery import add_name

# A version whose tasks fail this often is rolled back, also if some of its tasks were healthy in between.
_FAILED_TASKS = 3


def ecs_service(
    scope: Construct,
    *,
    cluster: ecs.ICluster,
    task_definition: ecs.TaskDefinition,
    start_seconds: int,
    capacity: Sequence[ecs.CapacityProviderStrategy] | None = None,
    blue_green_bake_time: cdk.Duration | None = None,
    execute_command: bool = False,
    subnets: ec2.SubnetSelection | None = None,
) -> ecs.FargateService:
    """Create a service in private subnets that starts new tasks before it stops old ones, and rolls back on failure.

    It sets no desired count: each deployment would reset what Auto Scaling has changed.

    Args:
        scope: The parent construct.
        cluster: The cluster.
        task_definition: The task definition.
        start_seconds: Seconds in which the load balancer's failed health checks stop no new task.
        capacity: Capacity provider strategy. Default: Fargate.
        blue_green_bake_time: Bake time of blue/green deployments. Default: rolling deployments.
        execute_command: Whether ECS Exec opens shells in the containers. Default: False.
        subnets: Subnets of the tasks. Default: all private subnets with egress.
    """
    found = private_subnets(cluster.vpc, "ECS tasks", subnets)
    service = ecs.FargateService(
        scope,
        "Service",
        cluster=cluster,
        vpc_subnets=ec2.SubnetSelection(subnets=found.subnets),
        task_definition=task_definition,
        capacity_provider_strategies=capacity,
        min_healthy_percent=100,
        max_healthy_percent=200,
        deployment_strategy=ecs.DeploymentStrategy.BLUE_GREEN if blue_green_bake_time else None,
        bake_time=blue_green_bake_time,
        circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
        health_check_grace_period=cdk.Duration.seconds(start_seconds),
        availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
        propagate_tags=ecs.PropagatedTagSource.SERVICE,
        enable_ecs_managed_tags=True,
        enable_execute_command=execute_command or None,
    )
    count_failed_tasks(service)
    # The CDK adds a dependency on the task role's policy only. Without these, the first tasks cannot pull the image.
    service.node.add_dependency(task_definition.obtain_execution_role(), found.internet_connectivity_established)
    return service


def count_failed_tasks(service: ecs.FargateService) -> None:
    """Let the circuit breaker count every failed task of a deployment.

    By default a healthy task resets the count, so that a version that becomes healthy and then exits is never caught.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    resource = cast("ecs.CfnService", service.node.default_child)
    breaker = "DeploymentConfiguration.DeploymentCircuitBreaker"
    resource.add_property_override(f"{breaker}.ResetOnHealthyTask", False)
    resource.add_property_override(f"{breaker}.ThresholdConfiguration", {"Type": "COUNT", "Value": _FAILED_TASKS})


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """The resources between a load balancer and a service.

    Attributes:
        target_group: The target group of the tasks.
        green_target_group: The second target group of blue/green deployments. None: rolling deployments.
        alarm: The alarm that rolls deployments back.
    """

    target_group: elb.ApplicationTargetGroup
    green_target_group: elb.ApplicationTargetGroup | None
    alarm: cloudwatch.Alarm


def attach_to_load_balancer(
    ingress: Ingress,
    service: ecs.FargateService,
    spec: ServiceSpec,
    *,
    blue_green: bool = False,
    alarm_topic: sns.ITopic | None = None,
) -> Attachment:
    """Forward the requests of an endpoint to a service, and roll its deployments back on a high error rate.

    Args:
        ingress: The endpoint. With a Cloud Map namespace, the tasks get a name in it.
        service: The ECS service.
        spec: The service's specification.
        blue_green: Whether the service has the deployment strategy `BLUE_GREEN`. Default: False.
        alarm_topic: SNS topic that the alarm notifies. Default: no notification.
    """
    addresses = elb.TargetType.IP
    tasks = target_group(ingress.target_scope, "TasksGroup", ingress, spec, addresses)
    green = target_group(ingress, "Green", ingress, spec, addresses) if blue_green else None
    if green:
        attach_blue_green(ingress, service, spec.port, tasks, green)
    else:
        ingress.forward("Tasks", tasks)
        service.attach_to_application_target_group(tasks)
    if ingress.namespace:
        add_name(ingress, ingress.namespace, service, spec, blue_green=blue_green)
    alarm = ingress.error_rate_alarm(alarm_topic)
    service.enable_deployment_alarms([alarm.alarm_name], behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM)
    return Attachment(target_group=tasks, green_target_group=green, alarm=alarm)
