"""Check of the credentials and the Region."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.exceptions import HTTPClientError, NoCredentialsError

from deployment.preflight.account import AWS_ERRORS, Account, as_reason
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan

NAME = "credentials"
NO_REGION = "no Region is set"
SET_REGION = "export AWS_REGION=us-east-1"
_FIX = (
    "aws sts get-caller-identity",
    "if it fails: sign in with `aws sso login` or `aws configure`, or set AWS_PROFILE",
)
_REACH = ("check AWS_REGION, AWS_ENDPOINT_URL and your network",)


def explained(error: Exception) -> tuple[str, tuple[str, ...]]:
    """Return what an error of the first call says about the credentials, and the fixes."""
    if isinstance(error, NoCredentialsError):
        return "there are no credentials", _FIX
    if isinstance(error, (HTTPClientError, NoConnectionError)):
        return "AWS does not respond", _REACH
    return "AWS does not accept the credentials", _FIX


def _run(_plan: Plan, account: Account) -> Iterator[Finding]:
    if not account.region:
        yield failed(NAME, NO_REGION, SET_REGION)
        return
    try:
        identity = account.identity
    except AWS_ERRORS as error:
        summary, fixes = explained(error)
        yield failed(NAME, f"{summary}: {as_reason(error)}", *fixes)
        return
    yield passed(NAME, f"account {identity.account}, {account.region}, {identity.arn.rpartition(':')[2]}")


CHECK = Check(name=NAME, permissions=("sts:GetCallerIdentity",), is_needed=lambda _plan: True, run=_run)
