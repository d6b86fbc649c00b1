"""Check that the credentials last as long as a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from botocore.credentials import Credentials, RefreshableCredentials

from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed, warned

NAME = "session"
# `aws configure export-credentials --format env` sets it.
_EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"


def judge(
    *, has_token: bool, is_refreshable: bool, end: datetime | None = None, needed_until: datetime | None = None
) -> Finding:
    """Return whether the credentials may end during a run.

    Args:
        has_token: whether they are temporary.
        is_refreshable: whether boto3 can renew them, as those of a profile with a role or with single sign-on.
        end: when they end, if nothing renews them. Default: unknown.
        needed_until: the limit of the run. Default: none, a plan.
    """
    if end and needed_until and end < needed_until:
        return failed(
            NAME,
            f"the credentials end at {end:%H:%M} UTC, before the limit of the run at {needed_until:%H:%M} UTC",
            "export AWS_PROFILE=NAME",
            "with a profile that boto3 renews, or pass --hours with fewer hours",
        )
    if end:
        return passed(NAME, f"the credentials end at {end:%Y-%m-%d %H:%M} UTC")
    if has_token and not is_refreshable:
        return warned(
            NAME,
            "the credentials are temporary, and their end is unknown: a run needs them until it has cleaned up",
            "export AWS_PROFILE=NAME",
            "with a profile that boto3 renews: a role, or single sign-on",
        )
    return passed(NAME, "boto3 renews the credentials" if is_refreshable else "the credentials do not expire")


def end_of(credentials: Credentials | None, variables: Mapping[str, str] = os.environ) -> datetime | None:
    """Return when credentials in environment variables end; None if that is unknown, or if boto3 renews them.

    Args:
        credentials: the credentials, as boto3 found them.
        variables: the environment variables.
    """
    if credentials is None or credentials.method != "env":
        return None
    try:
        return datetime.fromisoformat(variables.get(_EXPIRATION, "")).astimezone(UTC)
    except ValueError:
        return None


def check(credentials: Credentials | None, needed_until: datetime | None = None) -> Check:
    """Return the check for credentials as boto3 found them; it is not needed without.

    Args:
        credentials: the credentials.
        needed_until: the limit of the run. Default: none, a plan.
    """
    return Check(
        name=NAME,
        permissions=(),
        is_needed=lambda _plan: credentials is not None,
        run=lambda _plan, _account: [
            judge(
                has_token=credentials is not None and credentials.token is not None,
                is_refreshable=isinstance(credentials, RefreshableCredentials),
                end=end_of(credentials),
                needed_until=needed_until,
            )
        ],
    )
