"""Check of the credentials and the Region."""

from __future__ import annotations

from collections.abc import Iterator

from deployment.preflight.account import AWS_ERRORS, Account, as_reason
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan

NAME = "credentials"
_FIX = (
    "aws sts get-caller-identity",
    "aws sso login, aws configure, or export AWS_PROFILE=NAME, until that command prints your account",
)


def _run(_plan: Plan, account: Account) -> Iterator[Finding]:
    if not account.region:
        yield failed(NAME, "no Region is set", "export AWS_REGION=us-east-1")
        return
    try:
        identity = account.identity
    except AWS_ERRORS as error:
        yield failed(NAME, f"AWS does not accept the credentials: {as_reason(error)}", *_FIX)
        return
    yield passed(NAME, f"account {identity.account}, {account.region}, {identity.arn.rpartition(':')[2]}")


CHECK = Check(name=NAME, permissions=("sts:GetCallerIdentity",), is_needed=lambda _plan: True, run=_run)
