"""A scheduled job on AWS Lambda."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..scheduled_runs import FailedRuns, Runs, add_schedule, schedule_role
from ..spec import ServiceSpec
from .function import function_with_live_alias, role_of
from .quotas import validate_timeout

_MAX_RETRIES = 2
_MAX_EVENT_AGE = cdk.Duration.hours(1)


class LambdaScheduledJob(Construct):
    """A Lambda function that EventBridge Scheduler invokes: billed by duration, nothing between runs.

    It creates the function with the alias `live`, the schedule, and a queue of failed runs with an alarm: a message for
    each run whose last attempt failed, and for each start that AWS rejected for an hour.

    You provide the command that starts the handler, permissions, and `alarm_topic`. A run can start twice, and while
    the one before it still runs: write it so that it may.

    Choose it for jobs that take up to 15 minutes.

    Do not choose it for longer jobs, or for more than 10 GB of memory.

    Attributes:
        alias: The native alias; its function is `alias.lambda`.
        schedule: The native schedule.
        failed_runs: The queue of failed runs and its alarm.
        role: The execution role.

    Example:
        job = LambdaScheduledJob(
            stack,
            "Report",
            spec=ServiceSpec(name="report"),
            image=image,
            command=["report.handler"],
            schedule="rate(1 hour)",
        )
        table.grant_read_data(job.role)
    """

    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "command": "the construct has a `command` of its own: the one that starts the Lambda handler",
        "health_path": "a run that fails raises an error",
        "health_command": "a run that fails raises an error",
        "health_codes": "a run that fails raises an error",
        "start_seconds": "an initialization longer than 10 seconds starts again with the run, within its timeout",
        "cpu": "Lambda allocates CPU in proportion to memory: 1769 MiB are one vCPU",
        "min_instances": "the schedule starts one run",
        "max_instances": "the schedule starts one run",
        "target_cpu_percent": "the schedule starts one run, which does not scale",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        command: Sequence[str],
        schedule: str,
        time_zone: str = "UTC",
        timeout: cdk.Duration | None = None,
        retries: int = 0,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the job.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service; `memory_mib` is at most 10240.
            image: The container image.
            command: Arguments of the image's entry point, such as `["payments.report.handler"]`.
            schedule: Schedule expression of EventBridge: `rate(15 minutes)`, `cron(0 7 ? * MON-FRI *)`, `at(…)`.
            time_zone: Time zone of the schedule, a name of the IANA database. Default: `UTC`.
            timeout: Timeout of a run, up to 15 minutes. Default: 15 minutes.
            retries: Further attempts after a failed one, 0 to 2, within an hour. Default: 0, as on other platforms.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.

        Raises:
            UnsupportedSpecError: Lambda does not support a value of the spec.
            ValueError: The schedule, the time zone, the timeout or `retries` is not valid.
        """
        super().__init__(scope, construct_id)
        runs = Runs(schedule=schedule, time_zone=time_zone)
        if not 0 <= retries <= _MAX_RETRIES:
            raise ValueError(
                f"retries={retries} is not supported by Lambda (allowed: 0 to {_MAX_RETRIES}). Repeat inside the job, "
                "or run it more often."
            )
        seconds = validate_timeout(timeout or cdk.Duration.minutes(15))
        self.alias = function_with_live_alias(
            self, spec=spec, image=image, command=command, timeout=cdk.Duration.seconds(seconds)
        )
        self.failed_runs = FailedRuns(self, "FailedRuns", topic=alarm_topic)
        self.alias.configure_async_invoke(
            retry_attempts=retries,
            max_event_age=_MAX_EVENT_AGE,
            on_failure=destinations.SqsDestination(self.failed_runs.queue),
        )
        role = schedule_role(self, self.failed_runs)
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.alias.function_arn]))
        self.schedule = add_schedule(
            self,
            runs,
            target_arn=self.alias.function_arn,
            role=role,
            dead_letter_queue=self.failed_runs.queue,
        )
        self.role: iam.IRole = role_of(self.alias)
