"""Copilot's types of services, what each runs with unless its manifest says otherwise, and where it can go.

Defaults: https://aws.github.io/copilot-cli/docs/manifest/lb-web-service/ and its neighbours (2026-11-24).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One type.

    Attributes:
        name: as a manifest's `type` says it.
        answers: whether it answers requests, so that the targets suit it.
        cpu: CPU units by default; 0 where nothing runs.
        memory_mib: MiB by default; 0 where nothing runs.
        targets: target of this project -> why it suits, the nearest one first.
        otherwise: what to take where no target suits.
    """

    name: str
    answers: bool = True
    cpu: int = 256
    memory_mib: int = 512
    targets: Mapping[str, str]
    otherwise: str = ""


LOAD_BALANCED = Kind(
    name="Load Balanced Web Service",
    targets={
        "ecs-fargate": "what Copilot made: an ECS service on Fargate behind a load balancer",
        "ecs-express": "the same with less to own; tasks get public addresses, as Copilot's had by default",
        "ecs-managed-instances": "the same tasks on EC2 instances, where steady load fills them",
        "eks-auto": "where the team wants Kubernetes instead of ECS",
        "lambda": "where requests are rare, end within 29 seconds and carry no more than 6 MB",
    },
)
BACKEND = Kind(
    name="Backend Service",
    targets={
        "ecs-fargate": "the same tasks; its front door is public, so that the service must check who calls",
        "ecs-managed-instances": "the same tasks on EC2 instances, where steady load fills them",
        "eks-auto": "where callers move to Kubernetes as well and find it by the cluster's own names",
        "lambda": "where calls are rare, end within 29 seconds and carry no more than 6 MB",
    },
)
REQUEST_DRIVEN = Kind(
    name="Request-Driven Web Service",
    cpu=1024,
    memory_mib=2048,
    targets={
        "ecs-express": "App Runner's successor: https name, load balancer and scaling are ECS's",
        "lambda": "where nothing should be paid while nobody calls, as with App Runner's paused processors",
        "ecs-fargate": "where a domain of your own, private tasks or a web application firewall are needed",
        "app-runner": "only in an account that used App Runner before 2026-04-30: it is closed to new customers",
    },
)
WORKER = Kind(
    name="Worker Service",
    answers=False,
    targets={},
    otherwise=(
        "no target: all of them answer requests. `live_function` with the queue as its event source, or a pipe that "
        "starts `one_shot_task_definition` as in stacks/workflow/, run the same image"
    ),
)
SCHEDULED = Kind(
    name="Scheduled Job",
    answers=False,
    targets={},
    otherwise=(
        "no target: all of them answer requests. `one_shot_task_definition` runs the same image once; EventBridge "
        "Scheduler starts it (aws_scheduler_targets.EcsRunFargateTask)"
    ),
)
STATIC = Kind(
    name="Static Site",
    answers=False,
    cpu=0,
    memory_mib=0,
    targets={},
    otherwise="no target: nothing runs. An S3 bucket behind CloudFront does it (aws_s3_deployment.BucketDeployment)",
)
KINDS = {kind.name: kind for kind in (LOAD_BALANCED, REQUEST_DRIVEN, BACKEND, WORKER, SCHEDULED, STATIC)}
