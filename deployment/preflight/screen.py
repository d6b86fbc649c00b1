"""The table of a preflight for the screen, and its JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deployment.console import WIDTH
from deployment.preflight.finding import Finding, Outcome

SCHEMA = 1
_PROGRAMS = ("aws ", "cdk ", "export ", "make ", "python ")
# Beside the label, and with room for a backslash.
_FIX_WIDTH = WIDTH - 12
_SIGNS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.WARNING: ("!", "yellow"),
    Outcome.NOT_CHECKED: ("–", "dim"),
}
NAMES: Mapping[Outcome, str] = {outcome: outcome.value for outcome in Outcome}


def table(findings: Sequence[Finding], names: Mapping[Outcome, str] = NAMES) -> RenderableType:
    """Render one line for each finding; a failed one and a warning have the commands that help below it.

    Args:
        findings: the findings.
        names: outcome -> its name on the screen. Default: its value.
    """
    width = max((len(finding.check) for finding in findings), default=0)
    return Group(*(_row(finding, width, names) for finding in findings), Text(), _count(findings, names))


def _row(finding: Finding, width: int, names: Mapping[Outcome, str]) -> RenderableType:
    sign, style = _SIGNS[finding.outcome]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=2, justify="right")
    grid.add_column(width=width)
    grid.add_column(overflow="fold")
    is_unknown = finding.outcome is Outcome.NOT_CHECKED
    summary = f"{names[finding.outcome]}: {finding.summary}" if is_unknown else finding.summary
    failed = finding.outcome is Outcome.FAILED
    grid.add_row(Text(sign, style), Text(finding.check), Text(summary, "bold" if failed else "dim"))
    if not failed and finding.outcome is not Outcome.WARNING:
        return grid
    fixes = [line for fix in finding.fix for line in _wrapped(fix)]
    labels = ["fix", *["   "] * len(fixes)]
    source = [Text(f"     see  {finding.source}", "dim")] if finding.source else []
    return Group(grid, *(Text(f"     {label}  {line}") for label, line in zip(labels, fixes, strict=False)), *source)


def _wrapped(fix: str) -> list[str]:
    """Return the lines of a fix; a command continues with a backslash, so that it can be copied."""
    is_command = fix.startswith(_PROGRAMS)
    lines = textwrap.wrap(fix, _FIX_WIDTH, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:] if is_command else lines


def _count(findings: Sequence[Finding], names: Mapping[Outcome, str]) -> Text:
    counts = {outcome: sum(finding.outcome is outcome for finding in findings) for outcome in Outcome}
    return Text("  " + " · ".join(f"{count} {names[outcome]}" for outcome, count in counts.items() if count))


def as_json(
    findings: Sequence[Finding],
    *,
    account: str,
    region: str,
    stacks: Sequence[str],
    names: Mapping[Outcome, str] = NAMES,
) -> dict[str, Any]:
    """Return the findings as data.

    Args:
        findings: the findings.
        account: account ID; "" if the credentials are not valid.
        region: the Region; "" if none is set.
        stacks: names of the stacks, in deploy order.
        names: outcome -> its name. Default: its value.
    """
    return {
        "schema": SCHEMA,
        "account": account,
        "region": region,
        "stacks": list(stacks),
        "passed": not any(finding.outcome is Outcome.FAILED for finding in findings),
        "findings": [
            {
                "check": finding.check,
                "outcome": names[finding.outcome],
                "summary": finding.summary,
                "fix": list(finding.fix),
                "source": finding.source,
            }
            for finding in findings
        ],
    }
