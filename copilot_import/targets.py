"""The targets that can run a service, closest match first, or what to use instead of one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from copilot_import import worker
from copilot_import.manifest import Manifest, is_true
from copilot_import.schedules import reason_without_schedule
from copilot_import.workload_types import BACKEND, LOAD_BALANCED, REQUEST_DRIVEN, SCHEDULED, STATIC, WORKER
from microservice.app_runner.limits import validate_app_runner_spec
from microservice.errors import UnsupportedSpecError
from microservice.spec import ServiceSpec

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-24)
_LAMBDA_MAX_MEMORY_MIB = 10240
_NO_HTTP = "No target: all targets serve HTTP requests, and this service does not ("
# Constructs without a public port: workload type -> construct -> reason to choose it. The first one is written.
WITHOUT_HTTP: Mapping[str, Mapping[str, str]] = {
    WORKER.name: {
        "FargateWorker": "what Copilot created: tasks on Fargate that scale with their queue",
        "EksAutoWorker": "if your team prefers Kubernetes to ECS; it does not scale to zero",
        "LambdaWorker": "if messages are rare and take less than 15 minutes; the image must contain a Lambda handler",
    },
    SCHEDULED.name: {
        "FargateScheduledJob": "what Copilot created: a task on Fargate for each run",
        "EksAutoScheduledJob": "if your team prefers Kubernetes to ECS; it has a timeout and retries",
        "LambdaScheduledJob": "for runs up to 15 minutes, with two retries; the image must contain a Lambda handler",
    },
}


@dataclass(frozen=True)
class Choice:
    """The result of choosing targets.

    Attributes:
        targets: Suitable target, or construct of a worker or a job -> reason to choose it, closest match first.
        alternative: What to use if no target is suitable.
    """

    targets: Mapping[str, str]
    alternative: str = ""


def choose(manifest: Manifest, spec: ServiceSpec | None) -> Choice:
    """Return the targets that can run the service of a manifest."""
    if manifest.type is STATIC or spec is None:
        return Choice({}, manifest.type.alternative)
    if manifest.type in (WORKER, SCHEDULED):
        reason = reason_without_construct(manifest)
        return Choice({} if reason else WITHOUT_HTTP[manifest.type.name], reason)
    if reason := reason_without_http(manifest):
        return Choice({}, reason)
    targets = BACKEND.targets if is_private(manifest) else manifest.type.targets
    return Choice({target: why for target, why in targets.items() if _supports(target, spec)})


def is_private(manifest: Manifest) -> bool:
    """Whether only callers inside the VPC reach the service: its stack needs a private ingress."""
    private = manifest.find("http", "private") if manifest.type is REQUEST_DRIVEN else None
    return manifest.type is BACKEND or (private is not None and (private.is_map or is_true(str(private))))


def reason_without_construct(manifest: Manifest) -> str:
    """Return why a worker or a job gets no construct, and what to use instead; empty if it gets one."""
    if manifest.type is WORKER and worker.has_fifo_queue(manifest):
        return (
            "No construct: subscribe.queue.fifo, and workers take standard queues: a failed message would block its "
            "group. Use an L2 ecs.FargateService with a FIFO queue of its own, or remove fifo if the order of messages "
            "does not matter."
        )
    return reason_without_schedule(manifest) if manifest.type is SCHEDULED else ""


def reason_without_http(manifest: Manifest) -> str:
    """Return why a service gets no HTTP target, and what to use instead; empty if it serves HTTP."""
    if manifest.type not in (LOAD_BALANCED, BACKEND):
        return ""
    http, nlb = manifest.find("http"), manifest.find("nlb")
    version = (manifest.text("http", "version") or "") if http and http.is_map else ""
    if version.lower() == "grpc":
        return (
            f"{_NO_HTTP}http.version: grpc). Use an L2 ecs.FargateService with the same image, behind an Application "
            "Load Balancer whose target group has protocol_version=GRPC: the ingress here uses HTTP/1.1 to the tasks."
        )
    is_off = http is not None and http.is_scalar and re.fullmatch(r"(?i)false|no|off|n", str(http)) is not None
    if nlb is not None and (http is None or is_off):
        return (
            f"{_NO_HTTP}its load balancer is nlb, for TCP, TLS or UDP). Use "
            "aws_ecs_patterns.NetworkLoadBalancedFargateService with the same image."
        )
    if is_off:
        return f"{_NO_HTTP}http: false). {_BACKGROUND}"
    if manifest.type is BACKEND and not manifest.find("image", "port") and http is None:
        return f"{_NO_HTTP}it has no image.port). {_BACKGROUND}"
    return ""


_BACKGROUND = (
    "Use an L2 ecs.FargateService without a load balancer for a process that runs all the time, or "
    "`one_shot_task_definition` for a task that ends."
)


def _supports(target: str, spec: ServiceSpec) -> bool:
    """Whether a target supports the spec: App Runner has few sizes and no arm64, Lambda has at most 10 GiB."""
    if target == "app-runner":
        try:
            validate_app_runner_spec(spec)
        except UnsupportedSpecError:
            return False
    return target != "lambda" or spec.memory_mib <= _LAMBDA_MAX_MEMORY_MIB
