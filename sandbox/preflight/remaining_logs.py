"""Check for log groups that AWS created for an earlier deployment of the same stacks, outside of their templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.check import Check
from deployment.preflight.finding import passed, warned

NAME = "earlier log groups"
# Type -> start of the names of the log groups that AWS creates for it.
PREFIXES = {
    "AWS::Lambda::Function": "/aws/lambda/{stack}-",
    "AWS::ECS::Cluster": "/aws/ecs/containerinsights/{stack}-",
    "AWS::EKS::Cluster": "/aws/eks/{stack}",
    "AWS::ElasticBeanstalk::Environment": "/aws/elasticbeanstalk/{stack}",
    "AWS::AppRunner::Service": "/aws/apprunner/{stack}",
}


def prefixes(plan: Plan) -> list[str]:
    """Return the start of the names of all log groups that AWS would create for the plan."""
    return sorted(
        {prefix.format(stack=found.stack) for type_, prefix in PREFIXES.items() for found in plan.resources(type_)}
    )


def judge(names: Sequence[str]) -> list[Finding]:
    """Return a finding for each log group that exists before the run."""
    return [
        warned(
            NAME,
            f"{name} exists: the search for remaining resources would find it after the run",
            f"aws logs delete-log-group --log-group-name {name}",
        )
        for name in names
    ] or [passed(NAME, "none")]


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    yield from judge(
        [
            group["logGroupName"]
            for prefix in prefixes(plan)
            for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
        ]
    )


CHECK = Check(
    name=NAME,
    permissions=("logs:DescribeLogGroups",),
    is_needed=lambda plan: plan.has(*PREFIXES),
    run=_run,
)
