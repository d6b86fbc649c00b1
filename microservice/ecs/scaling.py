"""Auto Scaling of an ECS service: on CPU utilization, and if you choose, on requests and on scheduled_capacity."""

import dataclasses
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb

from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec

_SCALE_OUT_COOLDOWN = cdk.Duration.minutes(1)
_SCALE_IN_COOLDOWN = cdk.Duration.minutes(5)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScheduledCapacity:
    """The number of replicas from a point in time on, until the next one.

    Attributes:
        schedule: Time in the notation of Application Auto Scaling: `cron(0 7 ? * MON-FRI *)`, `rate(1 day)`, or
            `at(2030-12-24T08:00:00)`
            (https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html).
        min_instances: Minimum number of replicas, 0 to 1000.
        max_instances: Maximum number of replicas, `min_instances` to 1000.
        time_zone: IANA name of the time zone, such as `Europe/Berlin`. Default: `Etc/UTC`.

    Example:
        morning = ScheduledCapacity(schedule="cron(0 7 ? * MON-FRI *)", min_instances=4, max_instances=20)
        night = ScheduledCapacity(schedule="cron(0 20 ? * * *)", min_instances=1, max_instances=4)
    """

    schedule: str
    min_instances: int
    max_instances: int
    time_zone: str = "Etc/UTC"

    def __post_init__(self) -> None:
        if not self.schedule.startswith(("cron(", "rate(", "at(")):
            raise ValueError(
                f"schedule={self.schedule!r} is not valid (allowed: 'cron(…)', 'rate(…)' or 'at(…)'). Write a time "
                "such as 'cron(0 7 ? * MON-FRI *)'."
            )
        if not 0 <= self.min_instances <= self.max_instances <= 1000:
            raise ValueError(
                f"min_instances={self.min_instances!r} and max_instances={self.max_instances!r} are not valid "
                "(allowed: 0 to 1000, and min_instances up to max_instances). Correct one of them."
            )


def add_auto_scaling(
    service: ecs.FargateService,
    spec: ServiceSpec,
    *,
    target_requests_per_minute: int | None = None,
    target_group: elb.ApplicationTargetGroup | None = None,
    scheduled_capacity: Sequence[ScheduledCapacity] = (),
) -> ecs.ScalableTaskCount:
    """Scale a service on CPU utilization, with a cooldown of one minute (scale out) or five minutes (scale in).

    Application Auto Scaling follows the policy that asks for the most tasks, between the limits of the last schedule.
    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html

    Args:
        service: The ECS service.
        spec: The service's specification.
        target_requests_per_minute: Requests of one task in a minute that scaling aims at, too. Default: CPU
            utilization alone.
        target_group: The target group whose requests count; required with `target_requests_per_minute`.
        scheduled_capacity: Other limits at certain times. Default: those of the spec, always.

    Returns:
        The scalable target.

    Raises:
        UnsupportedSpecError: `target_requests_per_minute` is not positive, or there is no one target group.
    """
    tasks = service.auto_scale_task_count(min_capacity=spec.min_instances, max_capacity=spec.max_instances)
    tasks.scale_on_cpu_utilization(
        "Cpu",
        target_utilization_percent=spec.target_cpu_percent,
        scale_out_cooldown=_SCALE_OUT_COOLDOWN,
        scale_in_cooldown=_SCALE_IN_COOLDOWN,
    )
    if target_requests_per_minute is not None:
        tasks.scale_on_request_count(
            "Requests",
            requests_per_target=_positive(spec, target_requests_per_minute),
            target_group=_only_group(spec, target_requests_per_minute, target_group),
            scale_out_cooldown=_SCALE_OUT_COOLDOWN,
            scale_in_cooldown=_SCALE_IN_COOLDOWN,
        )
    for number, each in enumerate(scheduled_capacity, 1):
        tasks.scale_on_schedule(
            f"Schedule{number}",
            schedule=autoscaling.Schedule.expression(each.schedule),
            min_capacity=each.min_instances,
            max_capacity=each.max_instances,
            time_zone=cdk.TimeZone.of(each.time_zone),
        )
    return tasks


def _positive(spec: ServiceSpec, requests: int) -> int:
    if requests < 1:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="Application Auto Scaling",
            field="target_requests_per_minute",
            value=requests,
            allowed="at least 1",
            fix="Set the requests that one task serves in a minute at the planned utilization.",
        )
    return requests


def _only_group(
    spec: ServiceSpec, requests: int, target_group: elb.ApplicationTargetGroup | None
) -> elb.ApplicationTargetGroup:
    """Return the target group; of the two groups of a blue/green service, each gets all requests in turn."""
    if target_group is None:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="blue/green deployments",
            field="target_requests_per_minute",
            value=requests,
            allowed="None",
            detail="with blue_green_bake_time",
            fix="Scale on CPU utilization, or use rolling deployments: a policy counts one target group's requests.",
        )
    return target_group
