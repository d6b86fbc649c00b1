"""Read-only checks of an account before a run: those of a deployment, and those that keep a run out of other accounts.

Each module has one check: a pure function that judges facts, and a function that asks AWS for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from botocore.credentials import Credentials

from deployment.preflight import Account, Finding, Outcome, Plan, is_passed
from deployment.preflight.check import Check
from deployment.preflight.checks import CHECKS, IDENTITY
from sandbox.preflight import (
    account_id,
    account_names,
    account_plan,
    deploy_role,
    hooks,
    organization,
    region_status,
    remaining_logs,
    remaining_roles,
    root_user,
    session,
    stack_collisions,
    traces,
)

NAMES = {
    Outcome.PASSED: "fine",
    Outcome.FAILED: "will stop the run",
    Outcome.WARNING: "may surprise",
    Outcome.NOT_CHECKED: "unknown",
}
"""Outcome -> its name in a plan."""
SAFETY = (root_user.CHECK, organization.CHECK, account_names.ALIAS_CHECK, account_names.NAME_CHECK)
"""Checks of the account itself. If one fails, nothing else in the account is read."""
OTHERS = (
    account_plan.CHECK,
    region_status.CHECK,
    deploy_role.CHECK,
    stack_collisions.CHECK,
    remaining_logs.CHECK,
    remaining_roles.CHECK,
    traces.CHECK,
    hooks.CHECK,
)


def run(
    plan: Plan,
    account: Account,
    expected: str,
    credentials: Credentials | None = None,
    needed_until: datetime | None = None,
) -> list[Finding]:
    """Return the findings of every check that the plan needs.

    If the credentials are not valid, belong to another account or to one that a run must not touch, the other checks
    do not run.

    Args:
        plan: the stacks of the run.
        account: the account of the credentials.
        expected: the account ID that you typed.
        credentials: the credentials, as boto3 found them. Default: their lifetime is not checked.
        needed_until: until when a run needs the credentials. Default: unknown, for a plan.
    """
    findings = IDENTITY.findings(plan, account)
    for checks in ((account_id.check(expected),), SAFETY, (session.check(credentials, needed_until), *OTHERS, *CHECKS)):
        if is_passed(findings):
            findings += _findings(checks, plan, account)
    return findings


def permissions() -> list[str]:
    """Return the IAM actions of all checks, sorted; each only reads, or assumes a role of the bootstrap stack."""
    checks = (IDENTITY, account_id.check(""), *SAFETY, session.check(None), *OTHERS, *CHECKS)
    return sorted({action for check in checks for action in check.permissions})


def _findings(checks: Sequence[Check], plan: Plan, account: Account) -> list[Finding]:
    return [found for check in checks if check.is_needed(plan) for found in check.findings(plan, account)]
