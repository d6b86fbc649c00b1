"""A worker and a scheduled job on ECS with Fargate."""

from collections.abc import Mapping

from aws_cdk import aws_ecs as ecs
from constructs import Construct

from microservice import FargateScheduledJob, FargateWorker

from .target_stack import SCHEDULE, TargetStackProps, WorkloadStack


class EcsWorkloadsStack(WorkloadStack):
    """The worker and the job on ECS with Fargate; the worker scales to zero."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        props: TargetStackProps,
        *,
        cluster: ecs.ICluster,
        commands: Mapping[str, list[str]],
    ) -> None:
        super().__init__(scope, construct_id, props)
        worker = FargateWorker(
            self,
            "Worker",
            spec=self.worker_spec(min_instances=0, command=commands["worker"]),
            image=props.image,
            cluster=cluster,
            alarm_topic=props.alarm_topic,
        )
        job = FargateScheduledJob(
            self,
            "Job",
            spec=self.job_spec,
            image=props.image,
            cluster=cluster,
            command=commands["job"],
            schedule=SCHEDULE,
            alarm_topic=props.alarm_topic,
        )
        self.connect(worker.role, worker.queue, job.role)
