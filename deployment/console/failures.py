"""Every failure as a fact, a why and a cure."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deployment.errors import ActionableError
from deployment.results import (
    DeploymentResult,
    IsolationResult,
    Outcome,
    PermissionResult,
    Results,
    TargetResult,
    WorkflowResult,
)

Part = DeploymentResult | TargetResult | WorkflowResult | PermissionResult | IsolationResult


def failures(results: Results, *, with_not_run: bool = True) -> list[RenderableType]:
    """Render everything that failed, and if wanted what was not run, each followed by an empty line."""
    parts: dict[str, Part | None] = {
        "deploy": None if _is_told_by_a_target(results) else results.deployment,
        **results.targets,
        "workflow": results.workflow,
        "permissions": results.permissions,
        "isolation": results.isolation,
    }
    lines: list[RenderableType] = []
    for name, part in parts.items():
        if part and part.outcome is Outcome.FAILED:
            lines += [failure(f"{name}: {part.reason}", part.cause, part.fix), Text("")]
    return lines + (_not_run(results.targets) if with_not_run else [])


def _is_told_by_a_target(results: Results) -> bool:
    """Whether the stack that made the deployment fail is that of a target, which says the same and more."""
    reason = results.deployment.reason if results.deployment else ""
    return any(target.outcome is Outcome.FAILED and target.stack in reason for target in results.targets.values())


def _not_run(targets: Mapping[str, TargetResult]) -> list[RenderableType]:
    """Render the targets that were not run, those with the same reason on one line; other parts say it in theirs."""
    names: dict[str, list[str]] = {}
    for name, target in targets.items():
        if target.outcome is Outcome.NOT_RUN:
            names.setdefault(target.reason, []).append(name)
    lines: list[RenderableType] = []
    for reason, shared in names.items():
        verb = "was" if len(shared) == 1 else "were"
        lines += [Text(f"– {', '.join(shared)} {verb} not run: {reason}", "dim"), Text("")]
    return lines


def failure(fact: str, cause: str, fix: str) -> RenderableType:
    """Render one failure; what is not known has no line."""
    head, rest = Table.grid(padding=(0, 1, 0, 0)), Table.grid(padding=(0, 2, 0, 0))
    head.add_row(Text("✘", "bold red"), Text(fact, "bold"))
    rest.add_column(width=6)
    rest.add_column(overflow="fold")
    for label, value in (("why", cause), ("cure", fix)):
        if value:
            rest.add_row(Text(f"  {label}", "dim"), Text(value))
    return Group(head, rest)


def error_text(error: ActionableError) -> RenderableType:
    """Render an error that ended a command."""
    return failure(error.message, error.cause, error.fix)
