"""Copilot's workload types: their default sizes, and the targets that can run them.

Defaults: https://aws.github.io/copilot-cli/docs/manifest/lb-web-service/ and its sibling pages (2026-11-24).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class WorkloadType:
    """A `type` of Copilot manifests.

    Attributes:
        name: Value of `type` in a manifest.
        serves_requests: Whether it serves HTTP requests. All targets of this project do.
        cpu: Default CPU units; 0 if there is no container.
        memory_mib: Default memory in MiB; 0 if there is no container.
        targets: Target -> reason to choose it, closest match first. Workers and jobs have none, but constructs: see
            `copilot_import.targets`.
        alternative: What to use if no target is suitable.
    """

    name: str
    serves_requests: bool = True
    cpu: int = 256
    memory_mib: int = 512
    targets: Mapping[str, str]
    alternative: str = ""


LOAD_BALANCED = WorkloadType(
    name="Load Balanced Web Service",
    targets={
        "ecs-fargate": "what Copilot created: an ECS service on Fargate behind a load balancer",
        "ecs-express": "the same with less to manage; tasks have public IP addresses, as with Copilot's default",
        "ecs-managed-instances": "the same tasks on EC2 instances, for steady load that keeps instances busy",
        "eks-auto": "if your team prefers Kubernetes to ECS",
        "lambda": "if requests are rare, take less than 29 seconds and stay below 6 MB",
    },
)
BACKEND = WorkloadType(
    name="Backend Service",
    targets={
        "ecs-fargate": "the same tasks behind an internal load balancer: callers inside the VPC only",
        "ecs-managed-instances": "the same tasks on EC2 instances, for steady load; pass PrivateIngress",
        "eks-auto": "if the callers move to Kubernetes, too; pass PrivateIngress, or use the cluster's discovery",
        "lambda": "if calls are rare, take less than 29 seconds and stay below 6 MB; its endpoint is public",
    },
)
REQUEST_DRIVEN = WorkloadType(
    name="Request-Driven Web Service",
    cpu=1024,
    memory_mib=2048,
    targets={
        "ecs-express": "App Runner's successor: ECS manages the HTTPS endpoint, load balancer and scaling",
        "lambda": "if it should cost nothing without traffic; App Runner charges for memory only while it is idle",
        "ecs-fargate": "if you need a custom domain, private tasks or AWS WAF",
        "app-runner": "only for accounts that used App Runner before 2026-04-30: closed to new customers",
    },
)
WORKER = WorkloadType(
    name="Worker Service",
    serves_requests=False,
    targets={},
)
SCHEDULED = WorkloadType(
    name="Scheduled Job",
    serves_requests=False,
    targets={},
)
STATIC = WorkloadType(
    name="Static Site",
    serves_requests=False,
    cpu=0,
    memory_mib=0,
    targets={},
    alternative=(
        "No target: there is no container. Use an S3 bucket behind CloudFront (aws_s3_deployment.BucketDeployment)."
    ),
)
WORKLOAD_TYPES = {each.name: each for each in (LOAD_BALANCED, REQUEST_DRIVEN, BACKEND, WORKER, SCHEDULED, STATIC)}
