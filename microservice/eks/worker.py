"""A worker on EKS Auto Mode."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from ..image import Image
from ..queue import QUEUE_URL, queue_alarms, visibility_timeout, worker_queue
from ..spec import ServiceSpec
from ..tracing import grant_tracing
from ..validation import require_min_instances
from .helm_release import helm_release, validate_start_seconds
from .manifests import node_pools
from .object_names import object_names
from .pod_iam import pod_identity_role
from .portless import worker_manifests
from .secrets_store import grant_mount_secrets
from .workload_context import workload_context

_STOP_SECONDS = 120


class EksAutoWorker(Construct):
    """A queue consumer on EKS Auto Mode: billed by cluster, instance and a fee, also while the queue is empty.

    It creates a Helm release in a namespace of its own (Deployment without a port, HorizontalPodAutoscaler on CPU
    utilization, PodDisruptionBudget, and a NetworkPolicy that allows no ingress), an IAM role for the pods by Pod
    Identity, and alarms on dead letters and on the age of the oldest message. Without `queue`, it creates a
    `WorkQueue`. The container gets the variable `QUEUE_URL`, and permission to receive and delete messages. On SIGTERM
    it has 120 seconds to finish.

    You provide the cluster with its kubectl provider and the metrics-server add-on, permissions, `alarm_topic`, and log
    retention. A message can arrive twice: process it idempotently. AWS has no add-on that lets Kubernetes scale on a
    queue: if the CPU of your worker does not follow its backlog, set `min_instances` and `max_instances` to the same
    number, or install KEDA (https://keda.sh/) yourself.

    Choose it if your team runs Kubernetes anyway, and the worker uses CPU while it has messages.

    Do not choose it to scale to zero, or on the backlog: `FargateWorker` and `LambdaWorker` do.

    Attributes:
        release: The native Helm release.
        namespace: The Kubernetes namespace.
        queue: The queue. Grant producers `queue.grant_send_messages(…)`.
        dead_letter_queue: The dead-letter queue. None for an imported queue.
        alarms: Name -> alarm.
        role: The IAM role of the pods.

    Example:
        worker = EksAutoWorker(
            stack, "Worker", spec=ServiceSpec(name="mailer"), image=image, cluster=eks_cluster
        )
        table.grant_read_data(worker.role)
    """

    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "health_path": "nothing sends requests to a worker; `health_command` checks it",
        "health_codes": "nothing sends requests to a worker; `health_command` checks it",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: eks.ICluster,
        queue: sqs.IQueue | None = None,
        processing_time: cdk.Duration | None = None,
        max_message_age: cdk.Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the worker.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1; `start_seconds` applies to `health_command`.
            image: The container image; instances pull it with the node role, which may pull every image.
            cluster: The cluster of the pods, in Auto Mode. Names of stacks that share it differ.
            queue: A queue with a dead-letter queue, whose visibility timeout is at least twice `processing_time`.
                Default: a new `WorkQueue`.
            processing_time: Maximum time from receiving messages to deleting them, up to 6 hours. The visibility
                timeout is twice as long. Default: one minute.
            max_message_age: Age of the oldest message that raises an alarm, in whole minutes. Default: 30 minutes.
            alarm_topic: SNS topic that the alarms notify. Default: no notification.

        Raises:
            UnsupportedSpecError: `min_instances` is 0, `start_seconds` is more than 300, or the spec sets `QUEUE_URL`.
            ValueError: The queue has no dead-letter queue, or too short a visibility timeout.
        """
        super().__init__(scope, construct_id)
        require_min_instances(spec, "EKS workers")
        validate_start_seconds(spec, fix="Start faster, or use FargateWorker.")
        visibility = visibility_timeout(processing_time)
        self.queue, self.dead_letter_queue = worker_queue(self, queue, spec=spec, visibility_timeout=visibility)
        spec = spec.with_environment(**{QUEUE_URL: self.queue.queue_url})
        names = object_names(self, namespace=None, existing_namespace=None)
        self.namespace = names.namespace
        role = pod_identity_role(self, cluster=cluster, namespace=names.namespace, account=names.name)
        grant_tracing(role, spec)
        grant_mount_secrets(role, spec)
        self.queue.grant_consume_messages(role)
        context = workload_context(self, spec, image, names)
        manifests = [*node_pools(spec, context), *worker_manifests(spec, context, stop_seconds=_STOP_SECONDS)]
        self.release = helm_release(self, cluster=cluster, spec=spec, manifests=manifests)
        # Pods get their role when they start.
        self.release.node.add_dependency(role)
        self.alarms = queue_alarms(self, self.queue, self.dead_letter_queue, max_age=max_message_age, topic=alarm_topic)
        self.role: iam.IRole = role
