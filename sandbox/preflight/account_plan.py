"""Check that the account is not on the free plan, which lacks services and ends when its credits are spent."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.account import error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import failed, not_checked, passed

NAME = "account plan"
_SOURCE = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/free-tier-plans.html"


def judge(plan: str | None) -> Finding:
    """Return whether the plan allows a run.

    Args:
        plan: "FREE" or "PAID"; None for an account without a plan.
    """
    if plan is None:
        return not_checked(NAME, "AWS has no plan of this account")
    if plan == "FREE":
        return failed(
            NAME,
            "the account is on the free plan, which excludes services",
            "aws freetier upgrade-account-plan --account-plan-type PAID --region us-east-1",
            source=_SOURCE,
        )
    return passed(NAME, plan.lower())


def _run(_plan: Plan, account: Account) -> Iterator[Finding]:
    try:
        yield judge(account.client("freetier").get_account_plan_state()["accountPlanType"])
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        yield judge(None)


CHECK = Check(name=NAME, permissions=("freetier:GetAccountPlanState",), is_needed=lambda _plan: True, run=_run)
