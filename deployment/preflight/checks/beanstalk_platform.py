"""Check that Elastic Beanstalk still offers the platform version of the template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from deployment.preflight.account import Account, is_access_denied
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, not_checked, passed
from deployment.preflight.plan import Plan, evaluate

NAME = "Beanstalk platform"
_TYPE = "AWS::ElasticBeanstalk::Environment"
_SOURCE = "https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html"


def newest(versions: Sequence[str]) -> str | None:
    """Return the newest version by its numbers; None without any."""
    return max(
        versions, key=lambda version: [int(part) for part in version.split(".") if part.isdecimal()], default=None
    )


def judge(arn: str, description: Mapping[str, Any] | None, offered: Sequence[str], stack: str, plan: Plan) -> Finding:
    """Return whether an environment can be created with a platform version.

    Args:
        arn: ARN of the platform version.
        description: Beanstalk's `PlatformDescription`; None if the version does not exist.
        offered: versions of the same platform that are ready.
        stack: name of the stack.
        plan: the deployment, for the command.
    """
    version = arn.rpartition("/")[2]
    best = newest(offered)
    fix = (
        plan.command("--parameters", f"{stack}:PlatformVersion={best}")
        if best
        else "aws elasticbeanstalk list-available-solution-stacks"
    )
    if description is None:
        return failed(NAME, f"version {version} is not offered", fix, source=_SOURCE)
    if description.get("PlatformStatus") != "Ready":
        return failed(NAME, f"version {version} is {description.get('PlatformStatus')}", fix, source=_SOURCE)
    if description.get("PlatformBranchLifecycleState") == "Retired":
        return failed(NAME, f"the platform branch of version {version} is retired", fix, source=_SOURCE)
    return passed(
        NAME, f"version {version} is offered" + (f"; the newest is {best}" if best not in (version, None) else "")
    )


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    for environment in plan.resources(_TYPE):
        if "PlatformArn" not in environment.properties:
            continue
        arn = evaluate(environment.properties["PlatformArn"], account.known_values(plan, environment.stack))
        if arn is None:
            yield not_checked(NAME, "the template does not say the version of the platform")
        else:
            yield judge(arn, _description(account, arn), _offered(account, arn), environment.stack, plan)


def _description(account: Account, arn: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = account.client("elasticbeanstalk").describe_platform_version(PlatformArn=arn)
    except ClientError as error:
        # The service has no error code of its own for a version that does not exist.
        if is_access_denied(error) or "platform" not in str(error).lower():
            raise
        return None
    description: Mapping[str, Any] = found.get("PlatformDescription", {})
    return description


def _offered(account: Account, arn: str) -> list[str]:
    platform = arn.split("platform/")[-1].rpartition("/")[0]
    filters = [
        {"Type": "PlatformName", "Operator": "=", "Values": [platform]},
        {"Type": "PlatformStatus", "Operator": "=", "Values": ["Ready"]},
    ]
    pages = account.pages("elasticbeanstalk", "list_platform_versions", "PlatformSummaryList", Filters=filters)
    return [found["PlatformVersion"] for found in pages if found.get("PlatformVersion")]


CHECK = Check(
    name=NAME,
    permissions=("elasticbeanstalk:DescribePlatformVersion", "elasticbeanstalk:ListPlatformVersions"),
    is_needed=lambda plan: any("PlatformArn" in found.properties for found in plan.resources(_TYPE)),
    run=_run,
)
