"""Check that the credentials belong to the account that you typed."""

from __future__ import annotations

from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed

NAME = "account ID"


def judge(expected: str, found: str) -> Finding:
    """Compare the typed account ID with that of the credentials."""
    if found == expected:
        return passed(NAME, f"the credentials belong to {expected}")
    return failed(
        NAME,
        f"the credentials belong to {found}, and --account is {expected}",
        "aws sts get-caller-identity",
        f"then pass --profile with a profile of {expected}, or correct --account",
    )


def check(expected: str) -> Check:
    """Return the check for the account ID that you typed."""
    return Check(
        name=NAME,
        permissions=("sts:GetCallerIdentity",),
        is_needed=lambda _plan: True,
        run=lambda _plan, account: [judge(expected, account.identity.account)],
    )
