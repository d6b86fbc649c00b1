"""A report for the terminal and as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copilot_import.findings import Finding, Outcome
from copilot_import.report import Report, undefined
from copilot_import.service_file import FILE_NAME
from copilot_import.workload_types import WORKLOAD_TYPES

_SIDES = {"-": "red", "+": "green"}
_MAX_VALUE_LENGTH = 40
_FIELD_WIDTH = 30
_HEADINGS = {
    (Outcome.SPEC, Outcome.CHANGED): "Copied to the spec",
    (Outcome.EQUIVALENT,): "Equivalent in this project",
    (Outcome.UNSUPPORTED,): "Not supported",
    (Outcome.UNKNOWN,): "Ignored by Copilot",
}


def as_json(report: Report) -> str:
    """Return the report as JSON; `spec` is null without a container."""
    return json.dumps(asdict(report), indent=2)


def as_terminal(report: Report) -> RenderableType:
    """Render each field's result, the suitable targets, and what to write."""
    parts: list[RenderableType] = [*_head(report)]
    for outcomes, heading in _HEADINGS.items():
        found = [finding for finding in report.findings if finding.outcome in outcomes]
        if found:
            parts += [Text(""), Text(heading, "bold"), _table(found)]
    return Group(*parts, *_closing(report))


def as_difference(lines: str) -> Text:
    """Render a unified diff."""
    text = Text(overflow="fold")
    for line in lines.splitlines():
        style = "dim" if line.startswith(("---", "+++", "@@")) else _SIDES.get(line[:1], "")
        text.append(f"{line}\n", style)
    return text


def _head(report: Report) -> Iterable[RenderableType]:
    where = f"environment {report.environment}" if report.environment else "without environment overrides"
    yield Text(f"{report.name}: {report.type}, {where}", "bold")
    others = [name for name in report.environments if name != report.environment]
    if others:
        yield Text(f"has overrides for {', '.join(others)}: --environment NAME", "dim")
    if report.environment and report.environment not in report.environments:
        yield Text(f"has no overrides for {report.environment}", "dim")
    for line in undefined(report.missing):
        yield Text(f"not set: {line}", "yellow")


def _table(findings: Sequence[Finding]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim", width=3)
    table.add_column(width=_FIELD_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(str(finding.line or "–"), _field(finding), _becomes(finding))
    return table


def _field(finding: Finding) -> str:
    value = finding.value
    shown = value if len(value) <= _MAX_VALUE_LENGTH else f"{value[: _MAX_VALUE_LENGTH - 1]}…"
    return f"{finding.field}: {shown}" if shown else finding.field


def _becomes(finding: Finding) -> Text:
    text = Text(finding.becomes, "bold" if finding.outcome is Outcome.CHANGED else "")
    if finding.advice:
        text.append(f"{'; ' if finding.becomes else ''}{finding.advice}", "dim" if finding.becomes else "")
    return text


def _closing(report: Report) -> Iterable[RenderableType]:
    yield Text("")
    is_workload = report.stack_file and not WORKLOAD_TYPES[report.type].serves_requests
    yield Text("Constructs" if is_workload else "Targets", "bold")
    table = Table.grid(padding=(0, 2, 0, 0))
    for target, reason in report.targets.items():
        table.add_row(target, Text(reason))
    yield table if report.targets else Text(report.alternative)
    if report.source:
        yield Text("")
        yield Text(FILE_NAME if report.targets else "Spec", "bold")
        yield Text(report.source.rstrip(), overflow="fold")
    if report.stack_file:
        yield Text("")
        yield Text(report.stack_file, "bold")
        yield Text(report.stack_source.rstrip(), overflow="fold")
    if report.stacks:
        yield Text("")
        yield Text("Next", "bold")
        write, deploy = (
            ("write the files", "deploy it      ") if report.stack_file else ("write the file", "deploy it     ")
        )
        yield Text(f"{write}  add --write to this command")
        yield Text(f"{deploy}  npx cdk deploy {next(iter(report.stacks.values()))}", overflow="fold")
