"""The report at the end of a run: a pure function of the results."""

from collections import Counter

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deployment.results import Check, IsolationResult, Outcome, PermissionResult, Results, TargetResult, WorkflowResult

from .failures import failures
from .marks import INDENT, NOTHING, mark, milliseconds, plural, seconds
from .trace import trace_tree

NUMBERS = ("made", "p50", "p99", "MiB")
NOT_SHOWN = "not shown here: real latency, real scaling, AWS's own limits"


def report(
    results: Results, *, closing: RenderableType | None = None, next_commands: tuple[tuple[str, str], ...] = ()
) -> RenderableType:
    """Render targets, workflow, trace, totals, every failure with why and cure, and what to do next.

    Args:
        results: what was found out.
        closing: a table that sums the run up, if there is one.
        next_commands: command and what it is good for, one line each.
    """
    parts: list[RenderableType] = [targets(results), *ran_by(results), Text("")]
    if results.workflow:
        parts += [workflow_lines(results.workflow, results.permissions, results.isolation), Text("")]
        if results.workflow.trace:
            parts += [trace_tree(results.workflow.trace), Text("")]
    parts += [totals(results), Text("")]
    parts += failures(results)
    parts += [closing, Text("")] if closing else []
    parts.append(Text(NOT_SHOWN, "dim"))
    parts += next_lines(next_commands)
    return Padding(Group(*parts), (0, 0, 0, INDENT))


def targets(results: Results) -> Table:
    """Render one row a target."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in ("", "target", "made", "runs as", "health", "order", "p50", "p99", "MiB"):
        table.add_column(heading, no_wrap=True, justify="right" if heading in NUMBERS else "left")
    for name, target in results.targets.items():
        made = str(target.resources) if target.url or target.deploy_s is not None else NOTHING
        table.add_row(mark(target.outcome), name, made, *_facts(target))
    return table


def ran_by(results: Results) -> list[RenderableType]:
    """Render, target by target, who ran it beside the engine that totals name, and what that does not show of AWS."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in ("", "", "ran by", "not shown here"):
        table.add_column(heading, style="dim", no_wrap=not heading)
    for name, target in results.targets.items():
        _, _, words = target.executed_by.partition("; ")
        if words:
            table.add_row("", name, words, target.not_shown)
    return [Text(""), table] if table.row_count else []


def _facts(target: TargetResult) -> list[str]:
    if target.outcome is Outcome.NOT_RUN:
        return ["not run"]
    return [
        target.runs_as,
        _status(target.checks, "ready"),
        "placed" if _is_answered(target.checks, "place an order") else "",
        milliseconds(target.p50_ms),
        milliseconds(target.p99_ms),
        "" if target.memory_mib is None else f"{target.memory_mib:.0f}",
    ]


def _status(checks: list[Check], name: str) -> str:
    """Return the HTTP status that a check got, "–" when nothing answered."""
    got = next((check.got for check in checks if check.name == name), "")
    return got.split(" ")[0] if got[:1].isdigit() else "–"


def _is_answered(checks: list[Check], name: str) -> bool:
    return any(check.name == name and check.outcome is Outcome.PASSED for check in checks)


def workflow_lines(
    workflow: WorkflowResult, permissions: PermissionResult | None, isolation: IsolationResult | None
) -> Table:
    """Render the workflow, the trace in one line, and both proofs."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=1)
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(mark(workflow.outcome), "workflow", _orders(workflow), seconds(workflow.seconds or None))
    if workflow.trace:
        one_id = "one id" if not workflow.trace.missing else f"missing: {', '.join(workflow.trace.missing)}"
        outcome = Outcome.FAILED if workflow.trace.missing else Outcome.PASSED
        grid.add_row(mark(outcome), "trace", f"{workflow.trace.summary}, {one_id}")
    if permissions:
        grid.add_row(mark(permissions.outcome), "permissions", _proof(permissions))
    if isolation:
        grid.add_row(mark(isolation.outcome), "isolation", _apart(isolation), seconds(isolation.back_s))
    return grid


def _orders(workflow: WorkflowResult) -> str:
    if workflow.outcome is Outcome.NOT_RUN or not workflow.orders:
        return workflow.reason
    counts = Counter(end.status or "lost" for end in workflow.ends)
    parts = [f"{count} {status}" for status, count in counts.most_common()]
    reason = f" ({workflow.rejected_reason})" if workflow.rejected_reason else ""
    return f"{plural(workflow.orders, 'order')}: {', '.join(parts)}{reason}"


def _proof(permissions: PermissionResult) -> str:
    if permissions.outcome is not Outcome.PASSED:
        return permissions.reason
    return f"without its grant {permissions.action} is refused, with it allowed"


def _apart(isolation: IsolationResult) -> str:
    if isolation.outcome is not Outcome.PASSED:
        return isolation.reason
    others = "the other one" if isolation.others == 1 else f"all {isolation.others} others"
    return f"{isolation.target} killed: {others} answered, and it is back"


def totals(results: Results) -> Text:
    """Render how many targets answered, failed and were not run, and how long it all took."""
    counts = Counter(target.outcome for target in results.targets.values())
    words = " · ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    return Text.assemble((words, "bold"), f"   {seconds(results.seconds)}   ", (f"ran by {results.engine.name}", "dim"))


def next_lines(commands: tuple[tuple[str, str], ...]) -> list[Text]:
    """Render what to do next, one command a line."""
    width = max((len(command) for command, _ in commands), default=0)
    labels = ["next  ", *["      "] * len(commands)]
    return [
        Text.assemble((label, "dim"), (f"{command:<{width}}", "bold"), (f"   {purpose}", "dim"))
        for label, (command, purpose) in zip(labels, commands, strict=False)
    ]
