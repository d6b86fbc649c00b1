"""A worker and a scheduled job on AWS Lambda."""

from collections.abc import Mapping

from constructs import Construct

from microservice import LambdaScheduledJob, LambdaWorker

from .target_stack import SCHEDULE, TargetStackProps, WorkloadStack


class LambdaWorkloadsStack(WorkloadStack):
    """The worker and the job on AWS Lambda."""

    def __init__(
        self, scope: Construct, construct_id: str, props: TargetStackProps, *, commands: Mapping[str, list[str]]
    ) -> None:
        super().__init__(scope, construct_id, props)
        worker = LambdaWorker(
            self,
            "Worker",
            spec=self.worker_spec(),
            image=props.image,
            command=commands["lambda_worker"],
            alarm_topic=props.alarm_topic,
        )
        job = LambdaScheduledJob(
            self,
            "Job",
            spec=self.job_spec,
            image=props.image,
            command=commands["lambda_job"],
            schedule=SCHEDULE,
            alarm_topic=props.alarm_topic,
        )
        self.connect(worker.role, worker.queue, job.role)
