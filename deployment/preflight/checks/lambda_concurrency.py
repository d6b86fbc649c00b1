"""Check of Lambda's concurrency: AWS rejects a reservation that leaves too little unreserved."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from deployment.preflight.account import Account, error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan, as_number
from deployment.template import Resource

NAME = "Lambda concurrency"
# AWS keeps this much unreserved; a smaller quota, as new accounts have, cannot be reserved at all.
MIN_UNRESERVED = 100
_SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
_PROPERTY = "ReservedConcurrentExecutions"


def judge(added: int, quota: int, unreserved: int) -> Finding:
    """Return whether the account has room for a reservation.

    Args:
        added: concurrent executions that the templates reserve in addition to what is reserved now.
        quota: concurrent executions of the account.
        unreserved: how many of them no function reserves.
    """
    available = max(0, unreserved - min(MIN_UNRESERVED, quota))
    if added <= available:
        return passed(NAME, f"{added} more to reserve, {available} of {quota} available")
    needed = quota + added - available if quota >= MIN_UNRESERVED else 1000
    return failed(
        NAME,
        f"the templates reserve {added} more concurrent executions, but only {available} of {quota} are available "
        f"(AWS keeps {MIN_UNRESERVED} unreserved)",
        "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
        f"--desired-value {needed}",
        "or reserve less: reserved concurrency is an option of the construct",
        source=_SOURCE,
    )


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    functions = _with_reservation(plan)
    added = sum(as_number(found.properties[_PROPERTY]) - _reserved_now(account, found) for found in functions)
    limits = account.client("lambda").get_account_settings()["AccountLimit"]
    yield judge(max(0, int(added)), limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"])


def _with_reservation(plan: Plan) -> list[Resource]:
    return [found for found in plan.resources("AWS::Lambda::Function") if _PROPERTY in found.properties]


def _reserved_now(account: Account, function: Resource) -> int:
    name = account.physical_id(function)
    if name is None:
        return 0
    try:
        found = account.client("lambda").get_function_concurrency(FunctionName=name)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return 0
        raise
    return int(found.get(_PROPERTY, 0))


CHECK = Check(
    name=NAME,
    permissions=("lambda:GetAccountSettings", "lambda:GetFunctionConcurrency"),
    is_needed=lambda plan: bool(_with_reservation(plan)),
    run=_run,
)
