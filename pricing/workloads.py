"""The monthly cost of a worker and of a scheduled job on each platform, from their load and size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from deployment.errors import ActionableError
from pricing.packing import ResourceRequest, cheapest_packing
from pricing.prices import PriceList
from pricing.usage import HOURS_PER_MONTH

PLATFORMS = ("ECS on Fargate", "EKS Auto Mode", "Lambda")
_DAYS = HOURS_PER_MONTH / 24
_SECONDS = HOURS_PER_MONTH * 3600
# The longest run of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_LAMBDA_MINUTES = 15
# Long polling waits up to 20 seconds; Lambda starts with five pollers
# (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
_POLL_SECONDS, _LAMBDA_POLLERS = 20, 5
# Sent, received and deleted one at a time: batches of ten cost a tenth.
_REQUESTS_OF_A_MESSAGE = 3
# Metrics of the alarms that the constructs create: of the queue, and of scaling on ECS (two alarms of target tracking
# on three metrics, one of starting from zero on two). CloudWatch bills each metric of an expression.
# https://aws.amazon.com/cloudwatch/pricing/
_QUEUE_ALARM_METRICS, _SCALING_ALARM_METRICS, _JOB_ALARM_METRICS = 3, 8, 1

ASSUMPTIONS = (
    "messages arrive evenly, and a task or pod processes one at a time",
    "each message is sent, received and deleted by a request of its own, and a function gets one in each invocation",
    "a task bills at least one minute; idle workers and the pollers of Lambda ask for messages every 20 seconds",
    "the EKS cluster ($0.10 an hour) exists and is not included; a pod pays for its share of an instance with the Auto "
    "Mode fee, although an instance may be mostly idle",
    "the NAT gateway, logs, data and the free tiers of Lambda and SQS are not included",
)


@dataclass(frozen=True, kw_only=True)
class WorkloadUsage:
    """The load and the size of a worker and of a job.

    Attributes:
        messages_per_second: average over the month.
        seconds_per_message: time of one message.
        runs_a_day: starts of the job.
        minutes_a_run: time of one run.
        vcpus: of one task or pod.
        memory_gib: of one task, pod or function.

    Raises:
        ActionableError: a value is not positive.
    """

    messages_per_second: float = 1
    seconds_per_message: float = 0.2
    runs_a_day: float = 24
    minutes_a_run: float = 2
    vcpus: float = 0.25
    memory_gib: float = 0.5

    def __post_init__(self) -> None:
        faults = [f"{name}={value!r}" for name, value in vars(self).items() if not 0 <= value < math.inf]
        faults += [f"{name}={vars(self)[name]!r}" for name in ("vcpus", "memory_gib") if not vars(self)[name]]
        if faults:
            raise ActionableError(
                f"the workload cannot be priced: {len(faults)} invalid value(s)",
                "; ".join(faults) + " (allowed: numbers from 0; vcpus and memory_gib above 0)",
                "python -m comparison workloads --help",
            )


@dataclass(frozen=True, kw_only=True)
class WorkloadCost:
    """The cost on one platform.

    Attributes:
        platform: the platform.
        worker_usd: US dollars a month for the worker with its load.
        idle_worker_usd: US dollars a month for the worker without a message.
        job_usd: US dollars a month for the job; None if the platform does not run it.
        unsupported_reason: why not; "" if it does.
    """

    platform: str
    worker_usd: float
    idle_worker_usd: float
    job_usd: float | None
    unsupported_reason: str = ""


def workload_costs(usage: WorkloadUsage, prices: PriceList) -> Sequence[WorkloadCost]:
    """Price a worker and a job on each platform, x86_64, in the Region of the price list."""
    return [_ecs(usage, prices), _eks(usage, prices), _lambda(usage, prices)]


def _messages(usage: WorkloadUsage, prices: PriceList) -> float:
    return usage.messages_per_second * _SECONDS * _REQUESTS_OF_A_MESSAGE / 1e6 * prices.usd("sqs-requests")


def _polls(consumers: float, prices: PriceList) -> float:
    return consumers * _SECONDS / _POLL_SECONDS / 1e6 * prices.usd("sqs-requests")


def _alarms(metrics: int, prices: PriceList) -> float:
    return metrics * prices.usd("alarm-metric-month")


def _busy(usage: WorkloadUsage) -> int:
    """Return the number of tasks or pods that the load keeps busy."""
    return math.ceil(usage.messages_per_second * usage.seconds_per_message)


def _runs(usage: WorkloadUsage) -> float:
    return usage.runs_a_day * _DAYS


def _ecs(usage: WorkloadUsage, prices: PriceList) -> WorkloadCost:
    hourly = usage.vcpus * prices.usd("fargate-x86-vcpu-hour") + usage.memory_gib * prices.usd("fargate-x86-gb-hour")
    idle = _alarms(_QUEUE_ALARM_METRICS + _SCALING_ALARM_METRICS, prices)
    tasks = _busy(usage)
    job = _runs(usage) * max(1, usage.minutes_a_run) / 60 * hourly
    return WorkloadCost(
        platform=PLATFORMS[0],
        worker_usd=idle + tasks * HOURS_PER_MONTH * hourly + _messages(usage, prices) + _polls(tasks, prices),
        idle_worker_usd=idle,
        job_usd=job + _starts(usage, prices) + _alarms(_JOB_ALARM_METRICS, prices),
    )


def _eks(usage: WorkloadUsage, prices: PriceList) -> WorkloadCost:
    hourly = _pod_hour(usage, prices)
    fixed = _alarms(_QUEUE_ALARM_METRICS, prices)
    pods = max(1, _busy(usage))
    return WorkloadCost(
        platform=PLATFORMS[1],
        worker_usd=fixed + pods * HOURS_PER_MONTH * hourly + _messages(usage, prices) + _polls(pods, prices),
        idle_worker_usd=fixed + HOURS_PER_MONTH * hourly + _polls(1, prices),
        job_usd=_runs(usage) * usage.minutes_a_run / 60 * hourly,
    )


def _lambda(usage: WorkloadUsage, prices: PriceList) -> WorkloadCost:
    fixed = _alarms(_QUEUE_ALARM_METRICS, prices) + _polls(_LAMBDA_POLLERS, prices)
    invocations = usage.messages_per_second * _SECONDS
    worker = fixed + _messages(usage, prices) + _invoked(usage, prices, invocations, usage.seconds_per_message)
    job: float | None = _invoked(usage, prices, _runs(usage), usage.minutes_a_run * 60)
    reason = ""
    if usage.minutes_a_run > _LAMBDA_MINUTES:
        job, reason = None, f"a function runs for up to {_LAMBDA_MINUTES} minutes"
    return WorkloadCost(
        platform=PLATFORMS[2],
        worker_usd=worker,
        idle_worker_usd=fixed,
        job_usd=None if job is None else job + _starts(usage, prices) + _alarms(_JOB_ALARM_METRICS, prices),
        unsupported_reason=reason,
    )


def _invoked(usage: WorkloadUsage, prices: PriceList, invocations: float, seconds: float) -> float:
    duration = invocations * seconds * usage.memory_gib * prices.usd("lambda-x86-gb-second")
    return invocations / 1e6 * prices.usd("lambda-requests") + duration


def _starts(usage: WorkloadUsage, prices: PriceList) -> float:
    return _runs(usage) / 1e6 * prices.usd("scheduler-invocations")


def _pod_hour(usage: WorkloadUsage, prices: PriceList) -> float:
    """Return the share of the cheapest suitable instance that one pod requests, with the fee of Auto Mode."""
    pod = ResourceRequest(vcpus=usage.vcpus, memory_mib=usage.memory_gib * 1024)
    packing = cheapest_packing(prices, "x86_64", replica=pod, add_ons=(), zones=1, replicas=1)
    instance = prices.usd(f"ec2-{packing.instance_type}-hour") * (1 + prices.usd("eks-auto-mode-fee"))
    share = max(pod.vcpus / packing.allocatable_vcpus, pod.memory_mib / packing.allocatable_mib)
    return instance * share
