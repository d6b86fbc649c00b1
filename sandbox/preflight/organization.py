"""Check that the account is not the management account of an organization, which can change all others."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.account import error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import failed, passed

NAME = "organization"
_SOURCE = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_best-practices_mgmt-acct.html"


def judge(account: str, management: str | None) -> Finding:
    """Return whether the account may run.

    Args:
        account: account ID of the caller.
        management: account ID of the management account; None without an organization.
    """
    if management is None:
        return passed(NAME, "the account belongs to no organization")
    if management != account:
        return passed(NAME, "a member account")
    return failed(
        NAME,
        "this is the management account, which can change every other account of the organization",
        "aws organizations create-account --account-name sandbox --email sandbox@example.com",
        "then run in that account",
        source=_SOURCE,
    )


def _run(_plan: Plan, account: Account) -> Iterator[Finding]:
    yield judge(account.identity.account, _management(account))


def _management(account: Account) -> str | None:
    try:
        return str(account.client("organizations").describe_organization()["Organization"]["MasterAccountId"])
    except ClientError as error:
        if error_code(error) == "AWSOrganizationsNotInUseException":
            return None
        raise


CHECK = Check(name=NAME, permissions=("organizations:DescribeOrganization",), is_needed=lambda _plan: True, run=_run)
