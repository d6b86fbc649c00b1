"""The result of one check of an account."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """Outcome of a check; `NOT_CHECKED` says nothing about the account."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the table.

    Attributes:
        check: the subject, such as "bootstrap".
        outcome: whether the deployment can start.
        summary: what was found, in one sentence; for `NOT_CHECKED` the reason.
        fix: commands or steps that make a failed check pass, or that avoid what a warning says. Default: none.
        source: page of AWS that states the rule. Default: "", none.
    """

    check: str
    outcome: Outcome
    summary: str
    fix: tuple[str, ...] = ()
    source: str = ""


def passed(check: str, summary: str) -> Finding:
    """Return a finding that does not stop a deployment."""
    return Finding(check=check, outcome=Outcome.PASSED, summary=summary)


def failed(check: str, summary: str, *fix: str, source: str = "") -> Finding:
    """Return a finding that stops a deployment, with the commands that help."""
    return Finding(check=check, outcome=Outcome.FAILED, summary=summary, fix=fix, source=source)


def warned(check: str, summary: str, *fix: str, source: str = "") -> Finding:
    """Return a finding that does not stop a deployment, but that you should know before it."""
    return Finding(check=check, outcome=Outcome.WARNING, summary=summary, fix=fix, source=source)


def not_checked(check: str, reason: str) -> Finding:
    """Return a finding without a verdict."""
    return Finding(check=check, outcome=Outcome.NOT_CHECKED, summary=reason)
