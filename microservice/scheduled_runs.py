"""The EventBridge schedule of a job, and the queue and alarm of its failed runs."""

import dataclasses

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from .queue import private_queue
from .roles import restrict_trust
from .schedule import validate_schedule
from .workload_alarms import LATE_MINUTES, workload_alarm

_MINUTE = cdk.Duration.minutes(1)
# The schedule retries a start that AWS rejects, such as a throttled one, within this time.
_START_ATTEMPTS = 10
_START_WITHIN = cdk.Duration.hours(1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Runs:
    """When a job runs.

    Attributes:
        schedule: Schedule expression of EventBridge.
        time_zone: Name of the IANA time zone database.
    """

    schedule: str
    time_zone: str

    def __post_init__(self) -> None:
        validate_schedule(self.schedule, self.time_zone)


class FailedRuns(Construct):
    """A queue of the runs that failed or did not start, and an alarm on each: billed by request and by alarm.

    A message has the event of the stopped task, the failed invocation, or the input of a schedule that could not start
    its target. The alarm notifies for every message, although older ones still wait.

    Attributes:
        queue: The queue.
        alarm: The alarm.
    """

    def __init__(self, scope: Construct, construct_id: str, *, topic: sns.ITopic | None) -> None:
        super().__init__(scope, construct_id)
        self.queue = private_queue(self, "Queue", "this queue is the dead-letter queue of a schedule")
        self.alarm = workload_alarm(
            self,
            "Alarm",
            metric=self.queue.metric_number_of_messages_sent(period=_MINUTE, statistic="Sum"),
            description="A run failed or did not start: the queue of failed runs has the reason.",
            threshold=1,
            periods=LATE_MINUTES,
            datapoints=1,
            topic=topic,
        )


def schedule_role(scope: Construct, failed: FailedRuns) -> iam.Role:
    """Create the role of a schedule, which may send to the queue of failed runs.

    Args:
        scope: The job.
        failed: The failed runs.
    """
    role = iam.Role(scope, "ScheduleRole", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    restrict_trust(role, service="scheduler", resource="schedule-group/default")
    failed.queue.grant(role, "sqs:SendMessage")
    return role


def add_schedule(
    scope: Construct,
    runs: Runs,
    *,
    target_arn: str,
    role: iam.Role,
    dead_letter_queue: sqs.IQueue,
    ecs_parameters: scheduler.CfnSchedule.EcsParametersProperty | None = None,
) -> scheduler.CfnSchedule:
    """Create the schedule of a job.

    EventBridge Scheduler starts a run at least once: in rare cases twice
    (https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html).

    Args:
        scope: The job.
        runs: When it runs.
        target_arn: ARN of what runs: a function's alias, or an ECS cluster.
        role: The role of the schedule.
        dead_letter_queue: Queue of the starts that AWS rejected for an hour.
        ecs_parameters: The task, on ECS. Default: none.
    """
    schedule = scheduler.CfnSchedule(
        scope,
        "Schedule",
        schedule_expression=runs.schedule,
        schedule_expression_timezone=runs.time_zone,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=target_arn,
            role_arn=role.role_arn,
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letter_queue.queue_arn),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_retry_attempts=_START_ATTEMPTS, maximum_event_age_in_seconds=_START_WITHIN.to_seconds()
            ),
            ecs_parameters=ecs_parameters,
        ),
    )
    # An L1 construct has no dependency on its role's policy.
    schedule.node.add_dependency(role)
    return schedule
