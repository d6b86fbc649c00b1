"""The ECS service that targets with the front door share: how it is deployed, checked, stopped and scaled."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from .blue_green import configure_blue_green
from ..ingress.base import Ingress
from ..ingress.target_group import target_group
from ..spec import ServiceSpec


def ecs_service(
    scope: Construct,
    *,
    cluster: ecs.ICluster,
    task_definition: ecs.TaskDefinition,
    capacity: Sequence[ecs.CapacityProviderStrategy] | None = None,
    blue_green_bake_time: cdk.Duration | None = None,
) -> ecs.FargateService:
    """A service in private subnets that adds new tasks before it ends old ones, and goes back if they do not run.

    `capacity` is where its tasks run; Fargate unless it says otherwise. With `blue_green` all requests move at once
    and can go back for so long. No desired count: a deployment would put back to it what scaling has made of the
    service since.
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
    # The CDK waits for the policy of the task's role only: the first tasks could not pull their image.
    service.node.add_dependency(task_definition.obtain_execution_role())
    return service


def attach_to_load_balancer(
    ingress: Ingress, service: ecs.FargateService, spec: ServiceSpec, *, blue_green: bool = False
) -> cloudwatch.Alarm:
    """Send the front door's requests to `service`, and take its deployments back while too many answers fail.

    Returns the alarm that decides.
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


def scale(service: ecs.FargateService, spec: ServiceSpec) -> None:
    """Out within a minute, in after five: starting a task is slower than stopping one."""
    tasks = service.auto_scale_task_count(min_capacity=spec.min_instances, max_capacity=spec.max_instances)
    tasks.scale_on_cpu_utilization(
        "Cpu",
        target_utilization_percent=spec.target_cpu_percent,
        scale_out_cooldown=cdk.Duration.minutes(1),
        scale_in_cooldown=cdk.Duration.minutes(5),
    )
