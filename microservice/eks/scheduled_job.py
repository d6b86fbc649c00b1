"""A scheduled job on EKS Auto Mode."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..image import Image
from ..schedule import kubernetes_schedule, validate_schedule
from ..spec import ServiceSpec
from ..tracing import grant_tracing
from .helm_release import helm_release
from .manifests import node_pools
from .object_names import object_names
from .pod_iam import pod_identity_role
from .portless import job_manifests
from .secrets_store import grant_mount_secrets
from .workload_context import workload_context


class EksAutoScheduledJob(Construct):
    """A Kubernetes CronJob on EKS Auto Mode: billed by cluster, and by the instance that a run starts or shares.

    It creates a Helm release in a namespace of its own (CronJob, ServiceAccount, and a NetworkPolicy that allows no
    ingress), and an IAM role for the pods by Pod Identity. A run does not start while the one before it still runs, nor
    more than an hour late. Kubernetes stops a run after `timeout`, and keeps the last three failed ones for a day.

    You provide the cluster with its kubectl provider, the command, permissions, log retention, and alarms: Kubernetes
    sends no event to AWS. A failed run is visible with `kubectl get jobs`, and in CloudWatch only if the job itself
    writes a metric, or with the add-on `amazon-cloudwatch-observability`, which is billed by pod and node.

    Choose it if your team runs Kubernetes anyway, and watches its jobs there.

    Do not choose it for a single job: the cluster costs more than a year of its runs on Fargate.

    Attributes:
        release: The native Helm release.
        namespace: The Kubernetes namespace.
        role: The IAM role of the pods.

    Example:
        job = EksAutoScheduledJob(
            stack,
            "Report",
            spec=ServiceSpec(name="report"),
            image=image,
            cluster=eks_cluster,
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
        "min_instances": "the schedule starts one pod",
        "max_instances": "the schedule starts one pod",
        "target_cpu_percent": "the schedule starts one pod, which does not scale",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: eks.ICluster,
        command: Sequence[str],
        schedule: str,
        time_zone: str = "UTC",
        timeout: cdk.Duration | None = None,
        retries: int = 0,
    ) -> None:
        """Create the job.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service.
            image: The container image; instances pull it with the node role, which may pull every image.
            cluster: The cluster of the pods, in Auto Mode. Names of stacks that share it differ.
            command: Arguments of the image's entry point.
            schedule: Schedule expression of EventBridge, `rate(15 minutes)` or `cron(0 7 ? * MON-FRI *)`, that
                Kubernetes can express: without L, W, # and a year, and with a rate that divides an hour or a day.
            time_zone: Time zone of the schedule, a name of the IANA database. Default: `UTC`.
            timeout: Maximum time of a run with all its retries. Default: one hour.
            retries: Further pods after one that failed, 0 to 10. Default: 0, as on other platforms.

        Raises:
            ValueError: The schedule, the time zone or `retries` is not valid, or not supported by Kubernetes.
        """
        super().__init__(scope, construct_id)
        validate_schedule(schedule, time_zone)
        cron = kubernetes_schedule(schedule)
        if not 0 <= retries <= 10:
            raise ValueError(f"retries={retries} is not valid (allowed: 0 to 10). Run the job more often instead.")
        # Replicas, health checks and the start of a service say nothing about a job.
        spec = dataclasses.replace(
            spec, command=command, min_instances=1, max_instances=1, health_command=(), start_seconds=60
        )
        names = object_names(self, namespace=None, existing_namespace=None)
        self.namespace = names.namespace
        role = pod_identity_role(self, cluster=cluster, namespace=names.namespace, account=names.name)
        grant_tracing(role, spec)
        grant_mount_secrets(role, spec)
        context = workload_context(self, spec, image, names)
        manifests = job_manifests(
            spec,
            context,
            schedule=cron,
            time_zone=time_zone,
            retries=retries,
            timeout_seconds=int((timeout or cdk.Duration.hours(1)).to_seconds()),
        )
        self.release = helm_release(
            self, cluster=cluster, spec=spec, manifests=[*node_pools(spec, context), *manifests]
        )
        # Pods get their role when they start.
        self.release.node.add_dependency(role)
        self.role: iam.IRole = role
