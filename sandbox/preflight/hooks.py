"""Check for CloudFormation hooks of the account, which may reject a stack of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.check import Check
from deployment.preflight.finding import passed, warned

NAME = "hooks"
_SOURCE = "https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/what-is-cloudformation-hooks.html"


def judge(names: Sequence[str]) -> Finding:
    """Return whether the account has hooks, by the names of their types."""
    if not names:
        return passed(NAME, "none")
    return warned(
        NAME,
        f"CloudFormation may ask {', '.join(names)} before it changes a stack, and then reject the change",
        f"aws cloudformation describe-type --type HOOK --type-name {names[0]}",
        source=_SOURCE,
    )


def _run(_plan: Plan, account: Account) -> Iterator[Finding]:
    types = account.pages("cloudformation", "list_types", "TypeSummaries", Type="HOOK", Visibility="PRIVATE")
    # `IsActivated` is set for public hooks of other publishers only: a registered one lacks it, and runs as well.
    yield judge([found["TypeName"] for found in types])


CHECK = Check(name=NAME, permissions=("cloudformation:ListTypes",), is_needed=lambda _plan: True, run=_run)
