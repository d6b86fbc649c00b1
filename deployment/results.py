"""The results of a run: `results.json`, from which the report, the comparison and the page are made."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

import msgspec

from deployment.containers import ContainerState
from deployment.errors import ActionableError
from deployment.paths import DEFAULT_DIRECTORY, REPOSITORY
from deployment.result_files import Count, Quantity, unreadable, write_results

__all__ = [
    "CREATE_ORDER",
    "DEFAULT_DIRECTORY",
    "FILE_NAME",
    "HEALTH_CHECK",
    "REPOSITORY",
    "SCHEMA",
    "TRACE_PARTS",
    "Check",
    "Engine",
    "FaultInjectionResult",
    "OrderResult",
    "Outcome",
    "PermissionResult",
    "Results",
    "StepResult",
    "TargetResult",
    "Trace",
    "TraceNode",
    "WorkflowResult",
    "read",
    "rounded",
    "write",
]

SCHEMA = 2
FILE_NAME = "results.json"
# Names of the two checks that the report shows in columns of their own.
HEALTH_CHECK = "health check"
CREATE_ORDER = "order is created"
TRACE_PARTS = ("http", "pipe", "workflow", "lambda", "fargate task")


class Outcome(StrEnum):
    """Outcome of a target, a check or a step."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of a target.

    Attributes:
        name: what is checked, such as "request without a token is rejected".
        expected: the response or state that passes.
        got: the actual response or state; "" when the check was not run.
        reason: why the check was not run; "" otherwise.
    """

    name: str
    outcome: Outcome
    expected: str
    got: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """Outcome of one part of a run.

    Attributes:
        reason: one line: what failed, or why the part was not run; "" when it passed.
        cause: the cause of a failure, as far as it is known.
        fix: the next command or change.
    """

    outcome: Outcome
    reason: str = ""
    cause: str = ""
    fix: str = ""

    @classmethod
    def from_error(cls, error: ActionableError) -> Self:
        """Return a failed part with the error's message, cause and fix."""
        return cls(outcome=Outcome.FAILED, reason=error.message, cause=error.cause, fix=error.fix)


@dataclass(frozen=True, kw_only=True)
class TargetResult(StepResult):
    """One target: its deployment, its containers and its checks.

    Attributes:
        stack: name of the target's stack.
        construct: class name of the construct.
        url: the stack's output `Url`; "" when the target is not deployed.
        resources: number of resources in the stack.
        runs_as: what runs, such as "2 containers".
        executed_by: engine and version, such as "docker 20.10", or "processes"; after semicolons the tool that started
            the containers, and what ran the resources, such as "the emulator's ECS".
        not_shown: what AWS does in addition, and this run does not show.
        deploy_s: seconds that CloudFormation took for the stack.
        healthy_s: seconds from the end of the deployment to the first response 200 of the health check.
        requests: number of requests behind p50 and p99.
        p50_ms: median response time of one GET request after the other, in milliseconds.
        p99_ms: 99th percentile of the same requests (nearest rank).
        memory_mib: resident memory of the largest container in MiB, after the requests.
    """

    stack: str
    construct: str
    url: str = ""
    resources: Count = 0
    runs_as: str = ""
    executed_by: str = ""
    not_shown: str = ""
    deploy_s: Quantity | None = None
    healthy_s: Quantity | None = None
    requests: Count = 0
    p50_ms: Quantity | None = None
    p99_ms: Quantity | None = None
    memory_mib: Quantity | None = None
    containers: list[ContainerState] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def with_checks(self, checks: Sequence[Check]) -> "TargetResult":
        """Return the target with these checks and the outcome that follows from them."""
        failed = [check for check in checks if check.outcome is Outcome.FAILED]
        if not failed:
            return replace(self, outcome=Outcome.PASSED, reason="", checks=list(checks))
        reason = f"{failed[0].name}: {failed[0].got}, expected {failed[0].expected}"
        return replace(self, outcome=Outcome.FAILED, reason=reason, checks=list(checks))


@dataclass(frozen=True, kw_only=True)
class TraceNode:
    """One node of an order's trace.

    Attributes:
        part: "http", "pipe", "workflow", "lambda", "fargate task", "state", "step" or "call".
        name: the name of the span or state.
        source: "span" (sent by the service), "history" (of the execution) or "input" (the execution's input has the
            trace ID).
        duration_ms: None where the source has no duration.
        note: a short remark, such as a status or an exit code.
    """

    part: str
    name: str
    source: str
    duration_ms: Quantity | None = None
    note: str = ""
    children: list["TraceNode"] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The trace of one order.

    Attributes:
        trace_id: in X-Ray's format, `1-8 digits-24 digits`.
        order: the order's ID.
        root: the tree; None when nothing was received.
        missing: expected parts that are not in the tree.
    """

    trace_id: str
    order: str
    root: TraceNode | None
    missing: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """The received parts in one line: "http → pipe → workflow → lambda → fargate task"."""
        return " → ".join(part for part in TRACE_PARTS if part not in self.missing)


@dataclass(frozen=True, kw_only=True)
class OrderResult:
    """Final state of one order, read from the table.

    Attributes:
        id: the order's ID.
        target: the target that created it.
        expected: the final status that passes.
        status: the status in the table; "" when the order is not there.
        reason: the reason for a rejection or failure, from the table.
        execution: the status of its Step Functions execution; "" when it has none.
        executions: number of its executions; 1 is correct.
    """

    id: str
    target: str
    expected: str
    status: str
    reason: str = ""
    execution: str = ""
    executions: Count = 0


@dataclass(frozen=True, kw_only=True)
class WorkflowResult(StepResult):
    """The workflow, verified with orders from every target.

    Attributes:
        orders: number of orders that were created.
        fulfilled: number of orders with the final status FULFILLED.
        rejected: number of orders with the final status REJECTED.
        rejected_reason: the reason of a rejected order.
        seconds: from the first order to the last final status.
        order_results: one for each order.
        tasks: the one-shot containers, with their exit codes.
        trace: the trace of the first order; None where the environment has no traces.
    """

    orders: Count = 0
    fulfilled: Count = 0
    rejected: Count = 0
    rejected_reason: str = ""
    seconds: Quantity = 0.0
    order_results: list[OrderResult] = field(default_factory=list)
    tasks: list[ContainerState] = field(default_factory=list)
    trace: Trace | None = None


@dataclass(frozen=True, kw_only=True)
class PermissionResult(StepResult):
    """The permission check: an action without its grant is denied.

    Attributes:
        role: name of the deployed role that was copied.
        action: the action that was removed from the copy.
        with_grant: DynamoDB's response to the deployed role: "200" or an error code.
        without_grant: DynamoDB's response to the copy without the grant.
    """

    role: str = ""
    action: str = ""
    with_grant: str = ""
    without_grant: str = ""


@dataclass(frozen=True, kw_only=True)
class FaultInjectionResult(StepResult):
    """Fault injection: all containers of one target are killed while the other targets receive requests.

    Attributes:
        target: the target that was killed; "" when there was none to kill.
        killed: number of its containers or processes.
        other_targets: number of targets that received requests meanwhile.
        responding: number of them with a correct response to every request.
        recovery_s: seconds until the killed target responded again with as many containers as before; None: never.
    """

    target: str = ""
    killed: Count = 0
    other_targets: Count = 0
    responding: Count = 0
    recovery_s: Quantity | None = None


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The engine that ran the containers.

    Attributes:
        kind: "docker", "podman" or "processes".
        version: its version; "" for processes.
        detail: a short phrase, such as "rootful, runc".
    """

    kind: str
    version: str = ""
    detail: str = ""

    @property
    def name(self) -> str:
        """Kind and version: "docker 20.10.24", "processes"."""
        return " ".join((self.kind, self.version.split("+")[0])).strip()


@dataclass(frozen=True, kw_only=True)
class Results:
    """The results of one run.

    Attributes:
        schema: version of the file format; readers reject any other version.
        environment: the environment that the app was deployed to, such as "local".
        started_at: ISO 8601, UTC.
        endpoint: URL of the AWS endpoint; "" for AWS's own endpoints.
        engine: what ran the containers.
        host: the computer that the run happened on, such as "2 × AMD EPYC, 15 GiB, Debian 12, x86_64".
        image_digest: manifest digest of the image that every target and workflow step ran; "" without an image.
        image_mib: its size on disk in MiB, unpacked, with its base image; None where unknown.
        image_pull_mib: the compressed size of all its layers in MiB; None where unknown.
        deployment: outcome of `cdk deploy`.
        targets: target ID -> result.
        workflow: None when the run ended earlier.
        permissions: None when the run ended earlier.
        fault_injection: None when the run ended earlier.
        steps: step -> seconds, in the order in which the steps started; some run at the same time.
        seconds: from the start of the first step to the end of the last.
    """

    schema: int = SCHEMA
    environment: str = "local"
    started_at: str
    endpoint: str
    engine: Engine
    host: str = ""
    image_digest: str = ""
    image_mib: Quantity | None = None
    image_pull_mib: Quantity | None = None
    deployment: StepResult | None = None
    targets: dict[str, TargetResult] = field(default_factory=dict)
    workflow: WorkflowResult | None = None
    permissions: PermissionResult | None = None
    fault_injection: FaultInjectionResult | None = None
    steps: dict[str, Quantity] = field(default_factory=dict)
    seconds: Quantity = 0.0

    def parts(self) -> dict[str, StepResult]:
        """Return every part that has a result, by its name on the screen; the targets in between."""
        named: dict[str, StepResult | None] = {
            "deploy": self.deployment,
            **self.targets,
            "workflow": self.workflow,
            "permissions": self.permissions,
            "fault injection": self.fault_injection,
        }
        return {name: part for name, part in named.items() if part}

    def failed(self) -> bool:
        """Whether any part failed; a part that was not run did not fail."""
        return any(part.outcome is Outcome.FAILED for part in self.parts().values())


def write(results: Results, directory: Path) -> Path:
    """Write the results atomically, and return the file's path."""
    return write_results(results, directory / FILE_NAME)


@dataclass(frozen=True, kw_only=True)
class _Schema:
    schema: int


def read(directory: Path) -> Results:
    """Read the results of the last run.

    Raises:
        ActionableError: the file is missing, or has another format.
    """
    path = directory / FILE_NAME
    fix = "make demo"
    try:
        content = path.read_bytes()
        # First the schema: the fields of another one do not decode.
        schema = msgspec.json.decode(content, type=_Schema).schema
        if schema != SCHEMA:
            raise ActionableError(f"{path} has schema {schema}", f"this version reads schema {SCHEMA}", fix)
        return msgspec.json.decode(content, type=Results)
    except FileNotFoundError:
        raise ActionableError(f"{path} does not exist", "no run has finished here yet", fix) from None
    except OSError as error:
        raise unreadable(path, error) from None
    except msgspec.DecodeError as error:
        raise ActionableError(f"{path} cannot be read", str(error), fix) from None


def rounded(value: float | None) -> float | None:
    """Round to two decimals; None stays None."""
    return None if value is None else round(value, 2)
