"""What became of one way to run the service."""

from dataclasses import dataclass, field

from .outcome import Check, Container, Outcome


@dataclass(frozen=True, kw_only=True)
class TargetResult:
    """One way to run the service: what was deployed, what ran, what answered.

    Attributes:
        reason: one line: what came back instead, or why it was not run; "" when it answered.
        why: what is known about the cause of a failure.
        cure: the next command or change.
        construct: class name of the construct.
        resources: number of resources of its stack.
        runs_as: what runs, such as "2 containers".
        executed_by: engine and version, such as "docker 20.10", or "processes"; after semicolons the tool that started
            its containers, and what ran its resources: "the emulator's ECS", "our stand-in for Express Mode".
        not_shown: what AWS does for it beside that, which nothing here does.
        deploy_s: seconds that CloudFormation took for its stack.
        healthy_s: seconds from the end of the deployment to the first ready answer.
        requests: how many requests p50 and p99 come from.
        p50_ms: median time of one read of an order, one after the other, in milliseconds.
        p99_ms: 99th percentile of the same requests (nearest rank).
        memory_mib: resident memory of its largest container in MiB, after the requests.
    """

    outcome: Outcome
    stack: str
    construct: str
    reason: str = ""
    cause: str = ""
    fix: str = ""
    url: str = ""
    resources: int = 0
    runs_as: str = ""
    executed_by: str = ""
    not_shown: str = ""
    deploy_s: float | None = None
    healthy_s: float | None = None
    requests: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    memory_mib: float | None = None
    containers: list[Container] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
