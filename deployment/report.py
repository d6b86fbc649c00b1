"""The report at the end of a run, and the connection details of an environment that stays up: pure functions."""

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from deployment.console import INDENT, NOTHING, failure, milliseconds, next_lines, plural, seconds
from deployment.results import (
    CREATE_ORDER,
    HEALTH_CHECK,
    Check,
    FaultInjectionResult,
    Outcome,
    PermissionResult,
    Results,
    TargetResult,
    Trace,
    TraceNode,
    WorkflowResult,
)

NOT_SHOWN = "not shown here: real latency, real scaling, AWS's own limits"
TRACE_LEGEND = "(input), (history): from the execution; pipe and states send no spans here"
_MARKS = {
    Outcome.PASSED: ("✔", "green"),
    Outcome.FAILED: ("✘", "bold red"),
    Outcome.NOT_RUN: (NOTHING, "dim"),
}
_COLUMNS = {"resources": "center", "p50": "right", "p99": "right", "MiB": "right"}
_ID_LENGTH = 8


def report(
    results: Results,
    *,
    closing: RenderableType | None = None,
    next_commands: Sequence[tuple[str, str]] = (),
) -> RenderableType:
    """Render targets, workflow, trace, totals, every failure with cause and fix, and the next commands.

    Args:
        results: The results of the run.
        closing: A table after the totals. Default: none.
        next_commands: Command and purpose, one line each. Default: none.
    """
    parts: list[RenderableType] = [targets(results), *executed_by(results), Text("")]
    if results.workflow:
        parts += [workflow_lines(results, results.workflow), Text("")]
        if results.workflow.trace:
            parts += [trace_tree(results.workflow.trace), Text("")]
    parts += [totals(results), Text("")]
    parts += failures(results)
    parts += [closing, Text("")] if closing else []
    parts.append(Text(NOT_SHOWN, "dim"))
    parts += next_lines(next_commands)
    return Padding(Group(*parts), (0, 0, 0, INDENT))


def mark(outcome: Outcome) -> Text:
    """Return ✔, ✘ or – in its colour."""
    sign, style = _MARKS[outcome]
    return Text(sign, style)


def targets(results: Results) -> Table:
    """Render one row for each target."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    for heading in ("", "target", "resources", "runs as", "health", "order", "p50", "p99", "MiB"):
        table.add_column(heading, no_wrap=True, justify=_COLUMNS.get(heading, "left"))  # type: ignore[arg-type]
    for name, target in results.targets.items():
        is_deployed = target.url or target.deploy_s is not None
        resources = str(target.resources) if is_deployed else NOTHING
        table.add_row(mark(target.outcome), name, resources, *_target_cells(target))
    return table


def _target_cells(target: TargetResult) -> list[str]:
    if target.outcome is Outcome.NOT_RUN:
        return ["not run"]
    has_order = any(check.name == CREATE_ORDER and check.outcome is Outcome.PASSED for check in target.checks)
    return [
        target.runs_as,
        _status(target.checks),
        "placed" if has_order else "",
        milliseconds(target.p50_ms),
        milliseconds(target.p99_ms),
        "" if target.memory_mib is None else f"{target.memory_mib:.0f}",
    ]


def _status(checks: Sequence[Check]) -> str:
    """Return the HTTP status of the health check; "–" without a response."""
    got = next((check.got for check in checks if check.name == HEALTH_CHECK), "")
    return got.split(" ")[0] if got[:1].isdigit() else NOTHING


def executed_by(results: Results) -> list[RenderableType]:
    """Render what ran each target on top of the engine, and what AWS does in addition that is not shown."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in ("", "", "ran on", "not shown here"):
        table.add_column(heading, style="dim", no_wrap=not heading)
    for name, target in results.targets.items():
        _, _, words = target.executed_by.partition("; ")
        if words:
            table.add_row("", name, words, target.not_shown)
    return [Text(""), table] if table.row_count else []


def workflow_lines(results: Results, workflow: WorkflowResult) -> Table:
    """Render one line each for workflow, trace, permissions and fault injection."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=1)
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(mark(workflow.outcome), "workflow", _orders(workflow))
    if trace := workflow.trace:
        words = f"missing: {', '.join(trace.missing)}" if trace.missing else "one trace ID"
        grid.add_row(mark(Outcome.FAILED if trace.missing else Outcome.PASSED), "trace", f"{trace.summary}, {words}")
    if permissions := results.permissions:
        grid.add_row(mark(permissions.outcome), "permissions", _permissions(permissions))
    if fault := results.fault_injection:
        grid.add_row(mark(fault.outcome), "fault injection", _fault_injection(fault))
    return grid


def _orders(workflow: WorkflowResult) -> str:
    if workflow.outcome is Outcome.NOT_RUN or not workflow.orders:
        return workflow.reason
    counts = Counter(order.status or "lost" for order in workflow.order_results)
    parts = [f"{count} {status}" for status, count in counts.most_common()]
    reason = f" ({workflow.rejected_reason})" if workflow.rejected_reason else ""
    return f"{plural(workflow.orders, 'order')} in {workflow.seconds:.1f} s: {', '.join(parts)}{reason}"


def _permissions(permissions: PermissionResult) -> str:
    if permissions.outcome is not Outcome.PASSED:
        return permissions.reason
    return f"{permissions.action} is denied without its grant and allowed with it"


def _fault_injection(fault: FaultInjectionResult) -> str:
    if fault.outcome is not Outcome.PASSED:
        return fault.reason
    others = "the other target" if fault.other_targets == 1 else f"the other {fault.other_targets} targets"
    return f"{fault.target} killed; {others} still responded; recovered in {fault.recovery_s:.1f} s"


def trace_tree(trace: Trace) -> RenderableType:
    """Draw a trace; nodes that the service did not send say where they come from, missing parts come last."""
    title = Text.assemble("trace  ", (trace.trace_id, "bold"), ("\norder  ", ""), (trace.order, "dim"))
    tree = Tree(title, guide_style="dim")
    if trace.root:
        _add_node(tree, trace.root)
    for part in trace.missing:
        tree.add(Text(f"✘ {part}: nothing arrived", "bold red"))
    return Group(tree, Text(TRACE_LEGEND, "dim")) if trace.root else tree


def _add_node(parent: Tree, node: TraceNode) -> None:
    label = Text(no_wrap=True, overflow="ellipsis")
    if node.part not in ("call", "state", "step"):
        label.append(f"{node.part}  ", "cyan")
    # An execution's name is a long random ID.
    label.append(node.name[:_ID_LENGTH] if node.part == "workflow" else node.name)
    source = "" if node.source == "span" else f"({node.source})"
    for remark in (milliseconds(node.duration_ms), node.note, source):
        if remark:
            label.append(f"  {remark}", "dim")
    branch = parent.add(label)
    for child in node.children:
        _add_node(branch, child)


def totals(results: Results) -> Text:
    """Render how many targets passed, failed and were not run, the duration, and the engine."""
    counts = Counter(target.outcome for target in results.targets.values())
    words = " · ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    name = results.engine.name
    ran_on = "ran as plain processes" if name == "processes" else f"ran on {name}"
    return Text.assemble((words, "bold"), f"   {seconds(results.seconds)}   ", (ran_on, "dim"))


def failures(results: Results, *, with_not_run: bool = True) -> list[RenderableType]:
    """Render every failure, and by default the targets that were not run, each followed by an empty line."""
    lines: list[RenderableType] = []
    for name, part in results.parts().items():
        if part.outcome is Outcome.FAILED and not (name == "deploy" and _has_failed_target(results)):
            lines += [failure(f"{name}: {part.reason}", part.cause, part.fix), Text("")]
    return lines + (_not_run(results.targets) if with_not_run else [])


def _has_failed_target(results: Results) -> bool:
    """Return whether the stack that failed belongs to a target, whose own failure says the same and more."""
    reason = results.deployment.reason if results.deployment else ""
    return any(target.outcome is Outcome.FAILED and target.stack in reason for target in results.targets.values())


def _not_run(targets: Mapping[str, TargetResult]) -> list[RenderableType]:
    """Render the targets that were not run, those with the same reason on one line."""
    names: dict[str, list[str]] = {}
    for name, target in targets.items():
        if target.outcome is Outcome.NOT_RUN:
            names.setdefault(target.reason, []).append(name)
    lines: list[RenderableType] = []
    for reason, shared in names.items():
        verb = "was" if len(shared) == 1 else "were"
        lines += [Text(f"{NOTHING} {', '.join(shared)} {verb} not run: {reason}", "dim"), Text("")]
    return lines


@dataclass(frozen=True)
class Connection:
    """The connection to a target from this machine.

    Attributes:
        target: the target's ID.
        url: the stack's output `Url`.
        base_url: the URL to send requests to.
        host: the Host header; "" where none is needed.
        order: the body of a valid order.
    """

    target: str
    url: str
    base_url: str
    host: str
    order: Mapping[str, Any]

    def curl(self, token: str) -> str:
        """Return a command line that creates an order; without one, that requests the service."""
        headers = [f"Host: {self.host}"] if self.host else []
        if not token:
            return shlex.join(["curl", "-s", f"{self.base_url.rstrip('/')}/", *(["-H", *headers] if headers else [])])
        headers += [f"Authorization: Bearer {token}", "Content-Type: application/json"]
        words = ["curl", "-s", f"{self.base_url.rstrip('/')}/orders"]
        words += [word for header in headers for word in ("-H", header)]
        return shlex.join([*words, "-d", json.dumps(self.order)])


def connection_info(
    results: Results,
    connections: Sequence[Connection],
    token: str,
    aws_settings: str,
    next_commands: Sequence[tuple[str, str]],
) -> RenderableType:
    """Render the API token, a curl command for each target, settings for AWS clients, and the next commands.

    Print it with `soft_wrap=True`: a line break would break a copied command.
    """
    named = Text.assemble("token  ", (token, "bold"), ("  from Secrets Manager, for this environment only", "dim"))
    parts: list[RenderableType] = [named] if token else []
    for connection in connections:
        parts += [
            Text(""),
            Text.assemble((connection.target, "bold"), (f"  {connection.url}", "dim")),
            Text(f"  {connection.curl(token)}"),
        ]
    parts += [Text(""), Text("any AWS client", "bold"), Text(f"  {aws_settings}"), Text("")]
    parts += failures(results, with_not_run=False)
    parts += next_lines(next_commands)
    return Group(*parts)
