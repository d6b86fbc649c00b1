"""What became of the orders, of one order's trace, and of a role that lost a grant."""

from dataclasses import dataclass, field

from .outcome import Container, Outcome

PARTS = ("http", "pipe", "workflow", "lambda", "fargate task")


@dataclass(frozen=True, kw_only=True)
class TraceNode:
    """One part of an order's way through the system.

    Attributes:
        part: "http", "pipe", "workflow", "lambda", "fargate task", "step" or "call".
        name: the span's or the state's name.
        source: "span" (the service sent it), "history" (the execution's) or "input" (its input carried the trace).
        duration_ms: None where the source knows none.
        note: one short remark, such as a status or an exit code.
    """

    part: str
    name: str
    source: str
    duration_ms: float | None = None
    note: str = ""
    children: list["TraceNode"] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The trace of one order.

    Attributes:
        trace_id: in X-Ray's form, `1-8 digits-24 digits`.
        order: the order's id.
        root: the tree; None when nothing at all was received.
        missing: parts that should be in the tree and are not.
    """

    trace_id: str
    order: str
    root: TraceNode | None
    missing: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """The parts that were seen, in one line: "http → pipe → workflow → lambda → fargate task"."""
        return " → ".join(part for part in PARTS if part not in self.missing)


@dataclass(frozen=True, kw_only=True)
class OrderEnd:
    """How one placed order ended, read from the table.

    Attributes:
        expected: the status it had to end in.
        status: the status that the table shows; "" when the order is not there.
        reason: why it was rejected or failed, as the table says.
        target: the target that took it.
        execution: what Step Functions says about its execution; "" when it has none.
        executions: how many executions it has; one is right.
    """

    id: str
    target: str
    expected: str
    status: str
    reason: str = ""
    execution: str = ""
    executions: int = 0


@dataclass(frozen=True, kw_only=True)
class WorkflowResult:
    """What became of the placed orders.

    Attributes:
        orders: how many were placed.
        fulfilled: how many ended FULFILLED in the table.
        rejected: how many ended REJECTED in the table.
        rejected_reason: the reason that a rejected order carries.
        seconds: from the first order placed to the last one at its end.
        tasks: the one-shot containers, with their exit codes.
    """

    outcome: Outcome
    reason: str = ""
    cause: str = ""
    fix: str = ""
    orders: int = 0
    fulfilled: int = 0
    rejected: int = 0
    rejected_reason: str = ""
    seconds: float = 0.0
    ends: list[OrderEnd] = field(default_factory=list)
    tasks: list[Container] = field(default_factory=list)
    trace: Trace | None = None


@dataclass(frozen=True, kw_only=True)
class PermissionResult:
    """The negative proof: what a role may not do is refused.

    Attributes:
        role: name of the deployed role that was copied.
        action: the action that was taken from the copy.
        untouched: what the table answered the untouched role.
        reduced: what the table answered the copy without the grant.
    """

    outcome: Outcome
    reason: str = ""
    cause: str = ""
    fix: str = ""
    role: str = ""
    action: str = ""
    untouched: str = ""
    reduced: str = ""
