"""A worker on ECS with Fargate."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from ..image import Image
from ..queue import QUEUE_URL, queue_alarms, visibility_timeout, worker_queue
from ..spec import ServiceSpec
from ..subnets import private_subnets
from .backlog_scaling import add_backlog_scaling
from .service import count_failed_tasks
from .task_definition import worker_task_definition

# The maximum of Fargate: a worker that finishes earlier exits earlier.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
_STOP_SECONDS = 120


class FargateWorker(Construct):
    """A queue consumer on ECS with Fargate: billed by the second, nothing with `min_instances=0` and an empty queue.

    It creates an ECS service in private subnets without a port, Auto Scaling on the messages for each task, and alarms
    on dead letters and on the age of the oldest message. Without `queue`, it creates a `WorkQueue`. The container gets
    the variable `QUEUE_URL`, and permission to receive and delete messages. On SIGTERM it has 120 seconds to finish.
    With `min_instances=0`, the last task stops about 15 minutes after the last message. The next message starts a task,
    which takes some minutes, and up to 15 more if the queue was unused for six hours: SQS then sends no metrics.

    You provide the cluster, permissions, and `alarm_topic`. A message can arrive twice: process it idempotently.
    Scaling in may stop a task with a message; if the task does not finish it, another one receives it again.

    Choose it for messages that take longer than 15 minutes, or for a steady stream of them.

    Do not choose it for a few messages that must start within seconds: `LambdaWorker` waits for no metric.

    Attributes:
        service: The native ECS service.
        scaling: The native scalable task count.
        queue: The queue. Grant producers `queue.grant_send_messages(…)`.
        dead_letter_queue: The dead-letter queue. None for an imported queue.
        alarms: Name -> alarm.
        role: The task role.

    Example:
        worker = FargateWorker(
            stack, "Worker", spec=ServiceSpec(name="mailer", min_instances=0), image=image, cluster=cluster
        )
        table.grant_read_data(worker.role)
    """

    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "health_path": "no load balancer sends requests to a worker; `health_command` checks it",
        "health_codes": "no load balancer sends requests to a worker; `health_command` checks it",
        "target_cpu_percent": "the worker scales on the messages for each task: `backlog_per_task`",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: ecs.ICluster,
        queue: sqs.IQueue | None = None,
        processing_time: cdk.Duration | None = None,
        backlog_per_task: int = 100,
        max_message_age: cdk.Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the worker.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` may be 0; `cpu` and `memory_mib` are a task size of Fargate.
                `start_seconds` applies to `health_command`.
            image: The container image.
            cluster: The cluster of the tasks. Its VPC needs private subnets with egress.
            queue: A queue with a dead-letter queue, whose visibility timeout is at least twice `processing_time`.
                Default: a new `WorkQueue`.
            processing_time: Maximum time from receiving messages to deleting them, up to 6 hours. The visibility
                timeout is twice as long. Default: one minute.
            backlog_per_task: Messages for each task that scaling aims at: the delay that you accept, divided by the
                time for one message. Default: 100.
            max_message_age: Age of the oldest message that raises an alarm, in whole minutes. Default: 30 minutes.
            alarm_topic: SNS topic that the alarms notify. Default: no notification.

        Raises:
            UnsupportedSpecError: Fargate does not support a value of the spec, or it sets `QUEUE_URL`.
            UnsupportedVpcError: The VPC has no private subnets with egress.
            ValueError: The queue has no dead-letter queue, or too short a visibility timeout.
        """
        super().__init__(scope, construct_id)
        visibility = visibility_timeout(processing_time)
        self.queue, self.dead_letter_queue = worker_queue(self, queue, spec=spec, visibility_timeout=visibility)
        definition = worker_task_definition(
            self,
            spec=spec.with_environment(**{QUEUE_URL: self.queue.queue_url}),
            image=image,
            stop_seconds=_STOP_SECONDS,
        )
        self.queue.grant_consume_messages(definition.task_role)
        self.service = _service(self, cluster, definition)
        self.scaling = add_backlog_scaling(self.service, self.queue, spec, backlog_per_task)
        self.alarms = queue_alarms(self, self.queue, self.dead_letter_queue, max_age=max_message_age, topic=alarm_topic)
        self.role: iam.IRole = definition.task_role


def _service(scope: Construct, cluster: ecs.ICluster, definition: ecs.TaskDefinition) -> ecs.FargateService:
    """Create a service without a load balancer, which starts new tasks before it stops old ones.

    The first deployment starts one task, which shows that the image starts. It sets no desired count: each deployment
    would reset what Auto Scaling has changed.
    """
    subnets = private_subnets(cluster.vpc, "ECS tasks")
    service = ecs.FargateService(
        scope,
        "Service",
        cluster=cluster,
        vpc_subnets=ec2.SubnetSelection(subnets=subnets.subnets),
        task_definition=definition,
        min_healthy_percent=100,
        max_healthy_percent=200,
        circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
        availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
        propagate_tags=ecs.PropagatedTagSource.SERVICE,
        enable_ecs_managed_tags=True,
    )
    count_failed_tasks(service)
    # The CDK adds a dependency on the task role's policy only. Without these, the first tasks cannot pull the image.
    service.node.add_dependency(definition.obtain_execution_role(), subnets.internet_connectivity_established)
    return service
