"""Check that the credentials last as long as a run."""

from __future__ import annotations

from botocore.credentials import Credentials, RefreshableCredentials

from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, passed, warned

NAME = "session"


def judge(*, has_token: bool, is_refreshable: bool) -> Finding:
    """Return whether the credentials may end during a run.

    Args:
        has_token: whether they are temporary.
        is_refreshable: whether boto3 can renew them, as those of a profile with a role or with single sign-on.
    """
    if has_token and not is_refreshable:
        return warned(
            NAME,
            "the credentials are temporary, and their end is unknown: a run needs them until it has cleaned up",
            "export AWS_PROFILE=NAME",
            "with a profile that boto3 renews: a role, or single sign-on",
        )
    return passed(NAME, "boto3 renews the credentials" if is_refreshable else "the credentials do not expire")


def check(credentials: Credentials | None) -> Check:
    """Return the check for credentials as boto3 found them; it is not needed without."""
    return Check(
        name=NAME,
        permissions=(),
        is_needed=lambda _plan: credentials is not None,
        run=lambda _plan, _account: [
            judge(
                has_token=credentials is not None and credentials.token is not None,
                is_refreshable=isinstance(credentials, RefreshableCredentials),
            )
        ],
    )
