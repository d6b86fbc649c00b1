"""Check of the bootstrap stack of the CDK."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from deployment.assembly import DEFAULT_QUALIFIER
from deployment.preflight.account import Account, error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan

NAME = "bootstrap"
_SOURCE = "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html"


def judge(parameter: str, needed: int, found: str | None, account: str, region: str) -> Finding:
    """Compare the version of the bootstrap stack with the one that the stacks need.

    Args:
        parameter: SSM parameter with the version, such as "/cdk-bootstrap/hnb659fds/version".
        needed: the oldest version that can deploy the stacks.
        found: the parameter's value; None if it does not exist.
        account: account ID, for the command.
        region: Region, for the command.
    """
    qualifier = parameter.split("/")[2] if parameter.count("/") >= 3 else DEFAULT_QUALIFIER
    option = "" if qualifier == DEFAULT_QUALIFIER else f" --qualifier {qualifier}"
    fix = f"cdk bootstrap aws://{account}/{region}{option}"
    if found is None:
        return failed(NAME, f"{account}/{region} is not bootstrapped: {parameter} does not exist", fix, source=_SOURCE)
    if not found.isdecimal() or int(found) < needed:
        return failed(NAME, f"version {found} is too old: the stacks need {needed}", fix, source=_SOURCE)
    return passed(NAME, f"version {found}, {needed} is needed")


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    needed: dict[str, int] = {}
    for stack in plan.stacks:
        if stack.bootstrap_parameter:
            needed[stack.bootstrap_parameter] = max(needed.get(stack.bootstrap_parameter, 0), stack.bootstrap_version)
    for parameter, version in needed.items():
        yield judge(parameter, version, _value(account, parameter), account.identity.account, account.region)


def _value(account: Account, parameter: str) -> str | None:
    try:
        return str(account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"])
    except ClientError as error:
        if error_code(error) == "ParameterNotFound":
            return None
        raise


CHECK = Check(
    name=NAME,
    permissions=("ssm:GetParameter",),
    is_needed=lambda plan: any(stack.bootstrap_parameter for stack in plan.stacks),
    run=_run,
)
