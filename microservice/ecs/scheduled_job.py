"""A scheduled job on ECS with Fargate."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..nag import acknowledge_wildcard
from ..scheduled_runs import FailedRuns, Runs, add_schedule, schedule_role
from ..spec import ServiceSpec
from ..subnets import private_subnets
from .task_definition import one_shot_task_definition


class FargateScheduledJob(Construct):
    """A task on ECS with Fargate that EventBridge Scheduler starts: billed by the second, at least a minute a run.

    It creates the task definition, the schedule, and a queue of failed runs with an alarm: a message for each task that
    ends with another exit status than 0 or cannot start, and for each start that AWS rejected for an hour. A task that
    has started is not started again before its next time.

    You provide the cluster, the command, permissions, and `alarm_topic`. ECS stops no task that hangs: let the job
    limit its own time. A run can start twice, and while the one before it still runs: write it so that it may.

    Choose it for jobs that take longer than 15 minutes, or more memory than Lambda has.

    Do not choose it for a job of seconds that runs every few minutes: Fargate bills a minute of each.

    Attributes:
        task_definition: The native task definition.
        schedule: The native schedule.
        failed_runs: The queue of failed runs and its alarm.
        security_group: The security group of the tasks.
        role: The task role.

    Example:
        job = FargateScheduledJob(
            stack,
            "Report",
            spec=ServiceSpec(name="report"),
            image=image,
            cluster=cluster,
            command=["report"],
            schedule="cron(0 7 ? * MON-FRI *)",
            time_zone="Europe/Berlin",
        )
        table.grant_read_data(job.role)
    """

    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "command": "the construct has a `command` of its own: the one of the job",
        "health_path": "a job that fails exits with a status other than 0",
        "health_command": "a job that fails exits with a status other than 0",
        "health_codes": "a job that fails exits with a status other than 0",
        "start_seconds": "a job has no health check that could fail while it starts",
        "min_instances": "the schedule starts one task",
        "max_instances": "the schedule starts one task",
        "target_cpu_percent": "the schedule starts one task, which does not scale",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: ecs.ICluster,
        command: list[str],
        schedule: str,
        time_zone: str = "UTC",
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the job.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `cpu` and `memory_mib` are a task size of Fargate.
            image: The container image.
            cluster: The cluster of the tasks. Its VPC needs private subnets with egress.
            command: Arguments of the image's entry point.
            schedule: Schedule expression of EventBridge: `rate(15 minutes)`, `cron(0 7 ? * MON-FRI *)`, `at(…)`.
            time_zone: Time zone of the schedule, a name of the IANA database. Default: `UTC`.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.

        Raises:
            UnsupportedSpecError: Fargate does not support a value of the spec.
            UnsupportedVpcError: The VPC has no private subnets with egress.
            ValueError: The schedule or the time zone is not valid.
        """
        super().__init__(scope, construct_id)
        runs = Runs(schedule=schedule, time_zone=time_zone)
        subnets = private_subnets(cluster.vpc, "ECS tasks")
        self.task_definition = one_shot_task_definition(self, spec=spec, image=image, command=command)
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=cluster.vpc, description="Tasks of a job: they accept no connections"
        )
        self.failed_runs = FailedRuns(self, "FailedRuns", topic=alarm_topic)
        self.schedule = add_schedule(
            self,
            runs,
            target_arn=cluster.cluster_arn,
            role=self._role(cluster),
            dead_letter_queue=self.failed_runs.queue,
            ecs_parameters=self._parameters(subnets.subnet_ids),
        )
        self._watch(cluster)
        self.role: iam.IRole = self.task_definition.task_role

    def _role(self, cluster: ecs.ICluster) -> iam.Role:
        """Create the role of the schedule, which may run every revision of the task on this cluster.

        A run that starts during a deployment runs the revision before it.
        """
        role = schedule_role(self, self.failed_runs)
        revisions = cdk.Stack.of(self).format_arn(
            service="ecs", resource="task-definition", resource_name=f"{self.task_definition.family}:*"
        )
        on_cluster = {"ArnEquals": {"ecs:cluster": cluster.cluster_arn}}
        role.add_to_policy(iam.PolicyStatement(actions=["ecs:RunTask"], resources=[revisions], conditions=on_cluster))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[
                    self.task_definition.task_role.role_arn,
                    self.task_definition.obtain_execution_role().role_arn,
                ],
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            )
        )
        acknowledge_wildcard(role, revisions, "a run that starts during a deployment runs the revision before it")
        return role

    def _parameters(self, subnet_ids: list[str]) -> scheduler.CfnSchedule.EcsParametersProperty:
        network = scheduler.CfnSchedule.AwsVpcConfigurationProperty(
            assign_public_ip="DISABLED",
            subnets=subnet_ids,
            security_groups=[self.security_group.security_group_id],
        )
        return scheduler.CfnSchedule.EcsParametersProperty(
            launch_type="FARGATE",
            task_definition_arn=self.task_definition.task_definition_arn,
            task_count=1,
            enable_ecs_managed_tags=True,
            network_configuration=scheduler.CfnSchedule.NetworkConfigurationProperty(awsvpc_configuration=network),
        )

    def _watch(self, cluster: ecs.ICluster) -> None:
        """Send the event of each task that failed to the queue of failed runs.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
        """
        pattern = events.EventPattern(
            source=["aws.ecs"],
            detail_type=["ECS Task State Change"],
            detail={
                "clusterArn": [cluster.cluster_arn],
                "group": [f"family:{self.task_definition.family}"],
                "lastStatus": ["STOPPED"],
                "containers": {"exitCode": [{"anything-but": [0]}, {"exists": False}]},
            },
        )
        events.Rule(self, "Failed", event_pattern=pattern, targets=[targets.SqsQueue(self.failed_runs.queue)])
