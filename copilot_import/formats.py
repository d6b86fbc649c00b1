"""A report for the terminal and as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copilot_import.findings import Finding, Outcome
from copilot_import.report import Report, unset

_SIDES = {"-": "red", "+": "green"}
_LONGEST_VALUE = 40
_FIELD_WIDTH = 30
_HEADINGS = {
    (Outcome.SPEC, Outcome.CHANGED): "into the spec",
    (Outcome.ELSEWHERE,): "something else here does it",
    (Outcome.NOTHING,): "nothing here does it",
    (Outcome.UNKNOWN,): "Copilot ignored it",
}


def as_json(report: Report) -> str:
    """Return the report as JSON; `spec` is null where nothing runs."""
    return json.dumps(asdict(report), indent=2)


def as_terminal(report: Report) -> RenderableType:
    """Render the report: where to, what becomes of each field, what to write."""
    parts: list[RenderableType] = [*_head(report)]
    for outcomes, heading in _HEADINGS.items():
        found = [finding for finding in report.findings if finding.outcome in outcomes]
        if found:
            parts += [Text(""), Text(heading, "bold"), _table(found)]
    return Group(*parts, *_closing(report))


def as_difference(lines: str) -> Text:
    """Render what `diff -u` says."""
    text = Text(overflow="fold")
    for line in lines.splitlines():
        style = "dim" if line.startswith(("---", "+++", "@@")) else _SIDES.get(line[:1], "")
        text.append(f"{line}\n", style)
    return text


def _head(report: Report) -> Iterable[RenderableType]:
    where = f"environment {report.environment}" if report.environment else "no environment's overrides"
    yield Text(f"{report.name}: {report.kind}, {where}", "bold")
    others = [name for name in report.environments if name != report.environment]
    if others:
        yield Text(f"overrides something for {', '.join(others)}: --environment NAME", "dim")
    if report.environment and report.environment not in report.environments:
        yield Text(f"overrides nothing for {report.environment}: it is as for every other", "dim")
    for line in unset(report.missing):
        yield Text(f"not set: {line}", "yellow")


def _table(findings: Sequence[Finding]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim", width=3)
    table.add_column(width=_FIELD_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(str(finding.line or "–"), _said(finding), _becomes(finding))
    return table


def _said(finding: Finding) -> str:
    value = finding.value if len(finding.value) <= _LONGEST_VALUE else f"{finding.value[: _LONGEST_VALUE - 1]}…"
    return f"{finding.field}: {value}" if value else finding.field


def _becomes(finding: Finding) -> Text:
    text = Text(finding.becomes, "bold" if finding.outcome is Outcome.CHANGED else "")
    if finding.advice:
        text.append(f"{'; ' if finding.becomes else ''}{finding.advice}", "dim" if finding.becomes else "")
    return text


def _closing(report: Report) -> Iterable[RenderableType]:
    yield Text("")
    yield Text("where it can run", "bold")
    table = Table.grid(padding=(0, 2, 0, 0))
    for target, cause in report.targets.items():
        table.add_row(target, Text(cause))
    yield table if report.targets else Text(report.otherwise)
    if report.source:
        yield Text("")
        yield Text("in app.py", "bold")
        yield Text(report.source.rstrip(), overflow="fold")
    if report.app_lines:
        yield Text("")
        yield Text(f"{next(iter(report.app_lines.values()))},", overflow="fold")
