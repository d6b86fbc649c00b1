"""Whether the workflow did what it had to: decided from what was read, without asking anybody."""

from collections.abc import Sequence
from dataclasses import dataclass

from deployment.results import Container, OrderEnd, WorkflowResult


@dataclass(frozen=True)
class Verdict:
    """What is wrong, and why as far as is known; all empty when nothing is.

    Attributes:
        log_of: names of the containers whose last words help.
    """

    reason: str = ""
    cause: str = ""
    log_of: tuple[str, ...] = ()


def judge(result: WorkflowResult) -> Verdict:
    """Find the first thing that is wrong, the most telling first."""
    strays = [end for end in result.ends if end.status != end.expected]
    failed = [task for task in result.tasks if task.exit_code]
    names = tuple(task.name for task in failed)
    if strays:
        return Verdict(_strays(strays, len(result.ends)), _why_stray(strays, failed), names)
    if failed:
        return Verdict(f"{len(failed)} of {len(result.tasks)} tasks failed", _exits(failed), names)
    running = [task.name for task in result.tasks if task.exit_code is None]
    if running:
        return Verdict(
            f"{running[0]} still runs though its order ended", "it does not end after its work", tuple(running)
        )
    silent = [end.id for end in result.ends if end.status == "REJECTED" and not end.reason]
    if silent:
        return Verdict(f"{silent[0]} was rejected without a reason", "the item in the table has no reason")
    repeated = [end for end in result.ends if end.executions != 1]
    if repeated:
        first = repeated[0]
        return Verdict(
            f"{first.id} has {first.executions} executions, expected 1", "the pipe's filter lets more through"
        )
    unclean = [end for end in result.ends if end.execution != "SUCCEEDED"]
    if unclean:
        return Verdict(f"the execution of {unclean[0].id} is {unclean[0].execution}, expected SUCCEEDED")
    if result.trace and result.trace.missing:
        missing = ", ".join(result.trace.missing)
        return Verdict(f"the trace of {result.trace.order} lacks: {missing}", "no span with this trace id arrived")
    return Verdict()


def _strays(strays: Sequence[OrderEnd], orders: int) -> str:
    first = strays[0]
    now = f"is {first.status}" if first.status else "is not in the table"
    return f"{len(strays)} of {orders} orders did not end as they had to: {first.id} {now}, expected {first.expected}"


def _why_stray(strays: Sequence[OrderEnd], failed: Sequence[Container]) -> str:
    if failed:
        return _exits(failed)
    first = strays[0]
    if first.reason:
        return first.reason
    return f"its execution is {first.execution}" if first.execution else "it has no execution: the pipe started none"


def _exits(failed: Sequence[Container]) -> str:
    codes = ", ".join(sorted({str(task.exit_code) for task in failed}))
    return f"task container exited with {codes}"
