"""Check that CloudFormation offers every new resource type in the Region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from deployment.preflight.account import Account, error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan

NAME = "resource types"
_SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeType.html"


def judge(missing: Sequence[tuple[str, Sequence[str]]], total: int, region: str) -> list[Finding]:
    """Return a finding for each type that the Region lacks.

    Args:
        missing: type, and the stacks that contain it.
        total: number of types.
        region: the Region.
    """
    if not missing:
        return [passed(NAME, f"{region} has all {total}" if total else "no new types")]
    return [
        failed(
            NAME,
            f"{region} has no {type_}",
            f"choose another Region, or deploy without {', '.join(stacks)}",
            source=_SOURCE,
        )
        for type_, stacks in missing
    ]


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    new = {found.type for found in account.new_resources(plan, *plan.types)}
    missing = [type_ for type_ in sorted(new) if not _exists(account, type_)]
    stacks = {type_: sorted({found.stack for found in plan.resources(type_)}) for type_ in missing}
    yield from judge(list(stacks.items()), len(new), account.region)


def _exists(account: Account, type_: str) -> bool:
    try:
        account.client("cloudformation").describe_type(Type="RESOURCE", TypeName=type_)
    except ClientError as error:
        if error_code(error) in ("TypeNotFoundException", "CFNRegistryException"):
            return False
        raise
    return True


CHECK = Check(
    name=NAME, permissions=("cloudformation:DescribeType",), is_needed=lambda plan: bool(plan.types), run=_run
)
