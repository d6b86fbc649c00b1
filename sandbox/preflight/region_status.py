"""Check that the Region is enabled for the account: newer Regions are off until you opt in."""

from __future__ import annotations

from collections.abc import Iterator

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.check import Check
from deployment.preflight.finding import failed, passed

NAME = "Region"
_SOURCE = "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html"
_ENABLED = ("ENABLED", "ENABLED_BY_DEFAULT")


def judge(region: str, status: str) -> Finding:
    """Return whether the Region can be used."""
    words = status.lower().replace("_", " ")
    if status in _ENABLED:
        return passed(NAME, f"{region} is {words}")
    return failed(
        NAME,
        f"{region} is {words}",
        f"aws account enable-region --region-name {region}",
        "it takes minutes to hours; or export AWS_REGION=us-east-1",
        source=_SOURCE,
    )


def _run(_plan: Plan, account: Account) -> Iterator[Finding]:
    found = account.client("account").get_region_opt_status(RegionName=account.region)
    yield judge(account.region, found["RegionOptStatus"])


CHECK = Check(name=NAME, permissions=("account:GetRegionOptStatus",), is_needed=lambda _plan: True, run=_run)
