"""A worker and a scheduled job on EKS Auto Mode."""

from collections.abc import Mapping

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from microservice import EksAutoScheduledJob, EksAutoWorker

from .target_stack import SCHEDULE, TargetStackProps, WorkloadStack


class EksWorkloadsStack(WorkloadStack):
    """The worker and the job on EKS Auto Mode."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        props: TargetStackProps,
        *,
        cluster: eks.ICluster,
        commands: Mapping[str, list[str]],
    ) -> None:
        super().__init__(scope, construct_id, props)
        worker = EksAutoWorker(
            self,
            "Worker",
            spec=self.worker_spec(min_instances=1, command=commands["worker"]),
            image=props.image,
            cluster=cluster,
            alarm_topic=props.alarm_topic,
        )
        job = EksAutoScheduledJob(
            self,
            "Job",
            spec=self.job_spec,
            image=props.image,
            cluster=cluster,
            command=commands["job"],
            schedule=SCHEDULE,
        )
        self.connect(worker.role, worker.queue, job.role)
