"""The tables of a plan and of the drills for the screen, and the plan as data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from comparison.facts.evidence import Evidence
from comparison.facts.unverified import Statement
from comparison.measured_document import LABELS, figure
from deployment.console import WIDTH, plural, seconds
from deployment.drills import A_PERSON, DRILLS
from deployment.preflight import Finding
from deployment.preflight.screen import as_json, table
from sandbox.contribution import Contribution
from sandbox.own_stacks import FoundStack
from sandbox.preflight import NAMES
from sandbox.preflight.stack_collisions import TAG
from sandbox.run_plan import RunPlan
from sandbox.state import RunState

_INDENT = "  "
_SIGNS = {"passed": ("✔", "green"), "failed": ("✘", "bold red"), "not run": ("–", "dim")}


def plan_table(run: RunPlan, findings: Sequence[Finding]) -> RenderableType:
    """Render the findings, the cost by target and the drills of a plan."""
    return Group(
        table(findings, NAMES),
        Text(),
        _costs(run),
        Text(),
        *(_line(drill.id, drill.does, f"passed if {drill.passes}") for drill in run.drills),
        Text(),
        Text(f"{_INDENT}{plural(len(run.statements), 'statement')} settled; nothing was deployed or written to AWS"),
    )


def _costs(run: RunPlan) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    for _ in range(3):
        grid.add_column(justify="right")
    grid.add_row(*(Text(name, "dim") for name in (f"{_INDENT}target", "stacks", "hours", "dollars")))
    for found in run.targets:
        grid.add_row(f"{_INDENT}{found.target}", str(found.stacks), f"{found.hours:.1f}", f"{found.usd:.2f}")
    if len(run.targets) > 1:
        grid.add_row(f"{_INDENT}all", str(len(run.deployment.stacks)), f"{run.hours:.1f}", f"{run.usd:.2f}")
    return grid


def _line(label: str, *sentences: str) -> Text:
    width = 5
    lines = [
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, WIDTH - width - len(_INDENT), break_on_hyphens=False)
    ]
    labels = [label, *[""] * len(lines)]
    return Text("\n".join(f"{_INDENT}{name:<{width}}{line}" for name, line in zip(labels, lines, strict=False)))


def drills_table(statements: Sequence[Statement]) -> RenderableType:
    """Render each drill with the statements that it settles, then those that only a person can settle."""
    return Group(*_drills(statements))


def _drills(statements: Sequence[Statement]) -> Iterator[RenderableType]:
    for drill in DRILLS:
        found = [one for one in statements if drill.id in one.drills]
        levels = "smoke, full, slow" if drill.is_smoke else "full, slow"
        yield Text(f"{drill.id}  {drill.does}", "bold") if len(drill.does) < WIDTH - 6 else _head(drill.id, drill.does)
        yield _line("", f"passed if {drill.passes}; levels: {levels}")
        yield from (_line("", _named(one)) for one in found)
        yield Text()
    yield Text(A_PERSON, "bold")
    for one in statements:
        if one.is_for_a_person:
            yield _line("", f"{one.id}: {one.reason}")


def _head(label: str, text: str) -> Text:
    lines = textwrap.wrap(text, WIDTH - 6)
    return Text("\n".join([f"{label}  {lines[0]}", *(f"{'':<{len(label)}}  {line}" for line in lines[1:])]), "bold")


def _named(statement: Statement) -> str:
    more = [other for other in statement.drills if len(statement.drills) > 1]
    level = f"{statement.level}, with {statement.variant}" if statement.variant else str(statement.level)
    needs = f"; needs {' and '.join(more)}" if more else ""
    return f"{statement.id} ({level}{needs})"


def plan_as_json(run: RunPlan, findings: Sequence[Finding], *, account: str, region: str) -> dict[str, Any]:
    """Return a plan as data."""
    return as_json(findings, account=account, region=region, stacks=run.deployment.names, names=NAMES) | {
        "level": run.level,
        "drills": [drill.id for drill in run.drills],
        "targets": [
            {"target": found.target, "stacks": found.stacks, "hours": found.hours, "usd": round(found.usd, 4)}
            for found in run.targets
        ],
        "hours": round(run.hours, 2),
        "usd": round(run.usd, 4),
        "statements": [one.id for one in run.statements],
    }


def start_table(run: RunState) -> RenderableType:
    """Render what you confirm: the ID, the tag, and the limits of a run."""
    limit = f"{run.limit:%Y-%m-%d %H:%M} UTC ({run.hours:g} hours, or ${run.ceiling_usd:.2f} before)"
    rows = {
        "run": f"{run.run} in {run.region}, state in build/sandbox/{run.run}",
        "tag": f"{TAG}={run.run}",
        "limit": limit,
        "Ctrl-C": "ends the drills and deletes the stacks; twice: exits at once",
    }
    return Group(Text(), _rows(rows))


def sweep_table(runs: Sequence[RunState], found: Sequence[FoundStack], now: datetime) -> RenderableType:
    """Render the runs of the state files that have stacks, and the stacks with the tag of another run.

    Args:
        runs: the runs of this computer in the account and Region.
        found: all stacks with the tag of a run.
        now: the time.
    """
    lines: list[RenderableType] = []
    for run in runs:
        if run.existing:
            when = "passed" if run.has_expired(now) else "passes"
            lines.append(Text(f"{_INDENT}{run.run}  limit {when} at {run.limit:%Y-%m-%d %H:%M} UTC", "bold"))
            lines += [Text(f"{_INDENT}{_INDENT}{stack.name}") for stack in run.existing]
            lines.append(Text(f"{_INDENT}{_INDENT}python -m sandbox destroy {run.run}", "dim"))
    recorded = {stack.id for run in runs for stack in run.stacks}
    for stack in found:
        if stack.id not in recorded:
            lines.append(Text(f"{_INDENT}{stack.run}  no state file here: {stack.name}, {stack.status}", "bold"))
            lines.append(Text(f"{_INDENT}{_INDENT}aws cloudformation delete-stack --stack-name {stack.id}", "dim"))
    return Group(*(lines or [Text(f"{_INDENT}no stack of a run exists")]))


def _rows(rows: Mapping[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        grid.add_row(Text(f"{_INDENT}{name}", "dim"), Text(value))
    return grid


def evidence_table(found: Evidence) -> RenderableType:
    """Render the evidence of a run."""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(found.versions.items()))
    rows = {"run": found.run, "made against": found.made_against, "date": f"{found.date}, {found.region}"}
    head = _rows(rows | {"versions": versions, "drills": f"{found.level}, {seconds(found.seconds)}"})
    drills = Table.grid(padding=(0, 2))
    for result in found.drills:
        sign, style = _SIGNS[result.outcome]
        drills.add_row(
            Text(f"{_INDENT}{sign}", style), result.drill, result.target, seconds(result.seconds), Text(result.reason)
        )
    return Group(head, Text(), drills, Text(), *_measured(found), *_verdicts(found))


def contribution_text(found: Contribution) -> str:
    """Return the remaining steps with the evidence of a run, without line breaks in the commands."""
    lines = textwrap.wrap(found.summary, WIDTH - len(_INDENT))
    return "\n".join(["", *(f"{_INDENT}{line}" for line in lines), *(f"{_INDENT * 2}{one}" for one in found.commands)])


def _measured(found: Evidence) -> Iterator[RenderableType]:
    if not found.measurements:
        return
    grid = Table.grid(padding=(0, 2))
    for target, figures in found.measurements.items():
        for place, (name, value) in enumerate(msgspec.to_builtins(figures).items()):
            grid.add_row(Text(f"{_INDENT}{_INDENT}{'' if place else target}"), LABELS[name], figure(name, value))
    yield Text(f"{_INDENT}measured", "bold")
    yield grid
    yield Text()


def _verdicts(found: Evidence) -> Iterator[Text]:
    for verdict in ("refuted", "proven", "not settled"):
        if names := sorted(name for name, value in found.statements.items() if value == verdict):
            yield Text(f"{_INDENT}{verdict}", "bold")
            yield from (Text(f"{_INDENT}{_INDENT}{name}") for name in names)


def drills_as_json(statements: Sequence[Statement]) -> dict[str, Any]:
    """Return the drills, and who settles each statement, as data."""
    return {
        "drills": [
            {
                "id": drill.id,
                "does": drill.does,
                "passes": drill.passes,
                "is_smoke": drill.is_smoke,
                "statements": [one.id for one in statements if drill.id in one.drills],
            }
            for drill in DRILLS
        ],
        "levels": {one.id: one.level for one in statements if one.level},
        "a_person": {one.id: one.reason for one in statements if one.is_for_a_person},
    }
