"""Check that the caller can assume the roles of the bootstrap stack with which the CDK deploys."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from deployment.assembly import DEFAULT_QUALIFIER
from deployment.preflight import Account, Finding, Plan
from deployment.preflight.account import is_access_denied
from deployment.preflight.check import Check
from deployment.preflight.finding import passed, warned

NAME = "deploy role"
ROLES = ("deploy", "file-publishing", "image-publishing")
_SOURCE = "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html"
# The shortest session that AWS allows; it is not used.
_SESSION_S = 900


def judge(role: str, account: str, region: str, *, is_assumed: bool) -> Finding:
    """Return whether the CDK CLI can use a role.

    Args:
        role: the role's name.
        account: account ID, for the command.
        region: Region, for the command.
        is_assumed: whether AWS let the caller assume it.
    """
    if is_assumed:
        return passed(NAME, f"{role} can be assumed")
    # The CDK CLI continues with the caller's own credentials if they belong to the same account.
    return warned(
        NAME,
        f"{role} cannot be assumed, or does not exist: the CDK CLI would deploy with your own permissions",
        f"python -m sandbox policy --account {account} --region {region}",
        "then attach that policy to the caller",
        source=_SOURCE,
    )


def role_names(plan: Plan, account: str, region: str) -> list[str]:
    """Return the names of the roles that deploy stacks of the plan."""
    parameters = {stack.bootstrap_parameter for stack in plan.stacks if stack.bootstrap_parameter}
    qualifiers = sorted({name.split("/")[2] if name.count("/") >= 3 else DEFAULT_QUALIFIER for name in parameters})
    return [f"cdk-{qualifier}-{ROLES[0]}-role-{account}-{region}" for qualifier in qualifiers]


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    identity = account.identity
    for role in role_names(plan, identity.account, account.region):
        arn = f"arn:{identity.partition}:iam::{identity.account}:role/{role}"
        yield judge(role, identity.account, account.region, is_assumed=_is_assumed(account, arn))


def _is_assumed(account: Account, arn: str) -> bool:
    try:
        account.client("sts").assume_role(RoleArn=arn, RoleSessionName="sandbox-plan", DurationSeconds=_SESSION_S)
    except ClientError as error:
        if is_access_denied(error):
            return False
        raise
    return True


CHECK = Check(
    name=NAME,
    permissions=("sts:AssumeRole",),
    is_needed=lambda plan: any(stack.bootstrap_parameter for stack in plan.stacks),
    run=_run,
)
