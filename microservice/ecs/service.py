"""The ECS service behind a load balancer: deployment, rollback, and Auto Scaling."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from ..ingress.base import Ingress
from ..ingress.target_group import target_group
from ..spec import ServiceSpec
from .blue_green import configure_blue_green


def ecs_service(
    scope: Construct,
    *,
    cluster: ecs.ICluster,
    task_definition: ecs.TaskDefinition,
    capacity: Sequence[ecs.CapacityProviderStrategy] | None = None,
    blue_green_bake_time: cdk.Duration | None = None,
) -> ecs.FargateService:
    """Create a service in private subnets that starts new tasks before it stops old ones, and rolls back on failure.

    It sets no desired count: each deployment would reset what Auto Scaling has changed.

    Args:
        scope: The parent construct.
        cluster: The cluster.
        task_definition: The task definition.
        capacity: Capacity provider strategy. Default: Fargate.
        blue_green_bake_time: Bake time of blue/green deployments. Default: rolling deployments.
    """
    service = ecs.FargateService(
        scope,
        "Service",
        cluster=cluster,
        task_definition=task_definition,
        capacity_provider_strategies=capacity,
        min_healthy_percent=100,
        max_healthy_percent=200,
        deployment_strategy=ecs.DeploymentStrategy.BLUE_GREEN if blue_green_bake_time else None,
        bake_time=blue_green_bake_time,
        circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
        health_check_grace_period=cdk.Duration.seconds(60),
        availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
        propagate_tags=ecs.PropagatedTagSource.SERVICE,
        enable_ecs_managed_tags=True,
    )
    # The CDK adds a dependency on the task role's policy only; without this one the first tasks cannot pull the image.
    service.node.add_dependency(task_definition.obtain_execution_role())
    return service


def attach_to_load_balancer(
    ingress: Ingress, service: ecs.FargateService, spec: ServiceSpec, *, blue_green: bool = False
) -> cloudwatch.Alarm:
    """Forward the requests of an endpoint to a service, and roll its deployments back on a high error rate.

    Args:
        ingress: The endpoint.
        service: The ECS service.
        spec: The service's specification.
        blue_green: Whether the service has the deployment strategy `BLUE_GREEN`. Default: False.

    Returns:
        The alarm that rolls deployments back.
    """
    addresses = elb.TargetType.IP
    if blue_green:
        blue, green = (target_group(ingress, name, ingress, spec, addresses) for name in ("Blue", "Green"))
        configure_blue_green(ingress, service, spec.port, blue, green)
    else:
        tasks = target_group(ingress.listener, "TasksGroup", ingress, spec, addresses)
        ingress.listener.add_target_groups("Tasks", target_groups=[tasks])
        service.attach_to_application_target_group(tasks)
    alarm = ingress.error_rate_alarm()
    service.enable_deployment_alarms([alarm.alarm_name], behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM)
    return alarm


def add_auto_scaling(service: ecs.FargateService, spec: ServiceSpec) -> None:
    """Scale a service on CPU utilization, with a cooldown of one minute (scale out) or five minutes (scale in)."""
    tasks = service.auto_scale_task_count(min_capacity=spec.min_instances, max_capacity=spec.max_instances)
    tasks.scale_on_cpu_utilization(
        "Cpu",
        target_utilization_percent=spec.target_cpu_percent,
        scale_out_cooldown=cdk.Duration.minutes(1),
        scale_in_cooldown=cdk.Duration.minutes(5),
    )
