"""The short forms: a table for the terminal, one for the end of a run, and the README's two in Markdown."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from comparison.facts import TargetFacts
from comparison.layout import FirstThatFits, columns
from comparison.wording import dollars
from deployment.console import milliseconds, seconds

_CLOSING = ("resources", "template", "code", "first answer", "p50")
_NUMBERS = (*_CLOSING, "MiB")
_LINES = "template, code: lines of the stack's template and of the construct's file"


def as_short_terminal(rows: Sequence[TargetFacts]) -> RenderableType:
    """Render a short table; what was not measured stays empty."""
    table = _table((*_NUMBERS, "ran"), rows)
    engines = sorted({row.local_run.engine for row in rows if row.local_run and row.local_run.engine})
    source = f"times and memory: this machine, {', '.join(engines)}" if engines else "times: python -m local_aws run"
    return Group(table, Text(f"{_LINES}; {source}", "dim"))


def as_closing(rows: Sequence[TargetFacts]) -> RenderableType:
    """Render what the report of a run has not said yet, with the median beside it."""
    return Group(_table(_CLOSING, rows), Text(_LINES, "dim"))


def _table(headings: Sequence[str], rows: Sequence[TargetFacts]) -> RenderableType:
    """Figures of each target: where it is narrow, headings take two lines; narrower still, words break, uncut."""
    named = ("target", *headings)
    cells = [[row.id, *(_cells(row)[heading] for heading in headings)] for row in rows]
    broken = [heading.replace(" ", "\n") for heading in named]
    return FirstThatFits([columns(each, cells, ("target", "ran")) for each in (named, broken)])


def targets_as_markdown(rows: Sequence[TargetFacts], idle_usd: Mapping[str, float]) -> str:
    """Return the table for people who read Markdown: only what is the same on every machine.

    `idle_usd` is what each target costs a month without a request.
    """
    head = "| target | what it is, and what you pay for | idle a month | construct | resources | template | code |"
    rule = "|---|---|--:|---|--:|--:|--:|"
    lines = [
        f"| [`{row.id}`](docs/targets/{row.id}.md) | {row.summary} | {dollars(idle_usd[row.id])} "
        f"| [`{row.construct}`](microservice/{row.source_file}) | {row.resource_count} | {row.template_lines} lines "
        f"| {row.construct_lines} lines |"
        for row in rows
    ]
    return "\n".join([head, rule, *lines])


def fixed_as_markdown(rows: Sequence[TargetFacts]) -> str:
    """Return which fields of the spec which target does not follow, and why, as its construct declares it."""
    lines = [
        f"| `{row.id}` | `{field}` | {reason} |" for row in rows for field, reason in row.unsupported_fields.items()
    ]
    return "\n".join(["| target | field | why it is fixed there |", "|---|---|---|", *lines])


def _cells(row: TargetFacts) -> dict[str, str]:
    run = row.local_run
    return {
        "resources": str(row.resource_count),
        "template": str(row.template_lines),
        "code": str(row.construct_lines),
        "first answer": seconds(run.startup_s if run else None),
        "p50": milliseconds(run.p50_ms if run else None),
        "MiB": "" if run is None or run.memory_mib is None else f"{run.memory_mib:.0f}",
        "ran": run.outcome if run else "not run",
    }
