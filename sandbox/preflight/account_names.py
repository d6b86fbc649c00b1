"""Checks that neither the alias nor the name of the account says that it is a production account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.check import Check
from deployment.preflight.finding import failed, passed

ALIAS, NAME = "account alias", "account name"
WORD = "prod"


def judge(check: str, names: Sequence[str]) -> Finding:
    """Return whether a name contains "prod", in upper or lower case."""
    for name in names:
        if WORD in name.lower():
            return failed(
                check,
                f"{name!r} contains {WORD!r}: a run breaks what it deploys, and needs an account without production",
                "aws iam list-account-aliases",
                "run in another account; if the name is wrong, change it first",
            )
    return passed(check, ", ".join(names) or "none")


def _alias(_plan: Plan, account: Account) -> Iterator[Finding]:
    yield judge(ALIAS, list(account.pages("iam", "list_account_aliases", "AccountAliases")))


def _name(_plan: Plan, account: Account) -> Iterator[Finding]:
    yield judge(NAME, [account.client("account").get_account_information()["AccountName"]])


ALIAS_CHECK = Check(name=ALIAS, permissions=("iam:ListAccountAliases",), is_needed=lambda _plan: True, run=_alias)
NAME_CHECK = Check(name=NAME, permissions=("account:GetAccountInformation",), is_needed=lambda _plan: True, run=_name)
