"""Check that the account may still use App Runner, which is closed to new customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from deployment.preflight.account import Account, error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, not_checked, passed
from deployment.preflight.plan import Plan

NAME = "App Runner"
CLOSED = datetime(2026, 4, 30, tzinfo=UTC)
_SOURCE = "https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html"
_NOT_SUBSCRIBED = ("OptInRequired", "SubscriptionRequiredException", "NotSubscribedException")
_FIX = ("deploy to ECS Express Mode instead", "leave out the context value app_runner")


def judge(services: int, created: datetime | None) -> Finding:
    """Return whether App Runner accepts the account.

    Args:
        services: number of App Runner services in the Region.
        created: creation of the account; None if the caller may not read it.
    """
    closed = f"App Runner is closed to new customers since {CLOSED:%Y-%m-%d}"
    if services:
        return passed(NAME, f"{services} in use")
    if created is None:
        return not_checked(NAME, f"{closed}, and this account has no service in the Region")
    if created > CLOSED:
        return failed(NAME, f"{closed}; this account was created on {created:%Y-%m-%d}", *_FIX, source=_SOURCE)
    return not_checked(NAME, f"{closed}, and this account has no service in the Region")


def _run(_plan: Plan, account: Account) -> Iterator[Finding]:
    try:
        services = list(account.client("apprunner").list_services(MaxResults=20)["ServiceSummaryList"])
    except ClientError as error:
        if error_code(error) not in _NOT_SUBSCRIBED:
            raise
        yield failed(NAME, f"App Runner rejects this account: {error}", *_FIX, source=_SOURCE)
        return
    yield judge(len(services), None if services else _created(account))


def _created(account: Account) -> datetime | None:
    try:
        created: datetime = account.client("account").get_account_information()["AccountCreatedDate"]
    except ClientError:
        return None
    return created


CHECK = Check(
    name=NAME,
    permissions=("apprunner:ListServices", "account:GetAccountInformation"),
    is_needed=lambda plan: plan.has("AWS::AppRunner::Service"),
    run=_run,
)
