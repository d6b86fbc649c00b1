"""Read-only checks of an account and Region before the first change of a deployment.

`run` takes a plan, which is computed from the cloud assembly, and an account, which asks AWS. Each check in `checks/`
is a pure function of facts with one function that asks for them.
"""

from __future__ import annotations

from deployment.preflight.account import Account
from deployment.preflight.checks import CHECKS, IDENTITY
from deployment.preflight.finding import Finding, Outcome
from deployment.preflight.plan import Plan

__all__ = ["Account", "Finding", "Outcome", "Plan", "is_passed", "permissions", "run"]


def run(plan: Plan, account: Account) -> list[Finding]:
    """Return the findings of every check that the plan needs; of the credentials alone if they are not valid."""
    findings = IDENTITY.findings(plan, account)
    if is_passed(findings):
        for check in CHECKS:
            if check.is_needed(plan):
                findings += check.findings(plan, account)
    return findings


def is_passed(findings: list[Finding]) -> bool:
    """Whether nothing stops the deployment."""
    return not any(finding.outcome is Outcome.FAILED for finding in findings)


def permissions() -> list[str]:
    """Return the IAM actions of all checks, sorted; each only reads."""
    return sorted({action for check in (IDENTITY, *CHECKS) for action in check.permissions})
