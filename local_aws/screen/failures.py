"""Every failure as a fact, a why and a cure."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from local_aws.errors import LocalAwsError
from local_aws.results import Outcome, PermissionResult, Results, TargetResult, WorkflowResult


def failures(results: Results, *, with_not_run: bool = True) -> list[RenderableType]:
    """Render everything that failed, and if wanted what was not run, each followed by an empty line."""
    failed: list[tuple[str, TargetResult | WorkflowResult | PermissionResult]] = list(results.targets.items())
    failed += [("workflow", results.workflow)] if results.workflow else []
    failed += [("permissions", results.permissions)] if results.permissions else []
    lines: list[RenderableType] = []
    for name, part in failed:
        if part.outcome is Outcome.FAILED:
            lines += [failure(f"{name}: {part.reason}", part.why, part.cure), Text("")]
        elif part.outcome is Outcome.NOT_RUN and with_not_run:
            lines += [Text(f"– {name} was not run: {part.reason}", "dim"), Text("")]
    return lines


def failure(fact: str, why: str, cure: str) -> RenderableType:
    """Render one failure; what is not known has no line."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=6)
    grid.add_column(overflow="fold")
    for label, value in (("why", why), ("cure", cure)):
        if value:
            grid.add_row(Text(f"  {label}", "dim"), Text(value))
    return Group(Text.assemble(("✘ ", "bold red"), (fact, "bold")), grid)


def error_text(error: LocalAwsError) -> RenderableType:
    """Render an error that ended a command."""
    return failure(error.fact, error.why, error.cure)
