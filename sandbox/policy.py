"""The IAM policy of the commands: one statement for each set of resources, generated from what they call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deployment.assembly import DEFAULT_QUALIFIER
from sandbox import deletion, drills, own_stacks, preflight
from sandbox.preflight.deploy_role import ROLES
from sandbox.preflight.stack_collisions import TAG

NEEDS_NO_PERMISSION = frozenset({"sts:GetCallerIdentity"})
"""Actions that every caller may use: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
# Action -> the resources that it is limited to; all others support no resource, or are asked about all of them.
_RESOURCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "cloudformation:CancelUpdateStack": (
        "DeleteStacks",
        ("arn:{partition}:cloudformation:{region}:{account}:stack/*",),
    ),
    "cloudformation:DeleteStack": ("DeleteStacks", ("arn:{partition}:cloudformation:{region}:{account}:stack/*",)),
    "cloudformation:DescribeStackEvents": ("Stacks", ("arn:{partition}:cloudformation:{region}:{account}:stack/*",)),
    "apigateway:GET": ("VpcLinks", ("arn:{partition}:apigateway:{region}::/vpclinks",)),
    "cloudformation:DescribeStacks": ("Stacks", ("arn:{partition}:cloudformation:{region}:{account}:stack/*",)),
    "cloudformation:ListStackResources": ("Stacks", ("arn:{partition}:cloudformation:{region}:{account}:stack/*",)),
    "ecr:DescribeRepositories": ("Repositories", ("arn:{partition}:ecr:{region}:{account}:repository/*",)),
    "eks:DescribeCluster": ("Clusters", ("arn:{partition}:eks:{region}:{account}:cluster/*",)),
    "iam:GetRole": ("Roles", ("arn:{partition}:iam::{account}:role/*",)),
    "lambda:GetFunctionConcurrency": ("Functions", ("arn:{partition}:lambda:{region}:{account}:function:*",)),
    "servicequotas:GetServiceQuota": ("Quotas", ("arn:{partition}:servicequotas:{region}:{account}:*",)),
    "ssm:GetParameter": (
        "BootstrapVersion",
        ("arn:{partition}:ssm:{region}:{account}:parameter/cdk-bootstrap/{qualifier}/version",),
    ),
    "sts:AssumeRole": (
        "BootstrapRoles",
        tuple(
            f"arn:{{partition}}:iam::{{account}}:role/cdk-{{qualifier}}-{role}-role-{{account}}-{{region}}"
            for role in ROLES
        ),
    ),
}
_READ = "Read"
# Statement -> the condition without which it would allow more than a run needs.
_CONDITIONS = {"DeleteStacks": {"Null": {f"aws:ResourceTag/{TAG}": "false"}}}


def permissions() -> list[str]:
    """Return the IAM actions of all commands, sorted."""
    others = {*deletion.PERMISSIONS, *own_stacks.PERMISSIONS, *getattr(drills, "PERMISSIONS", ())}
    return sorted({*preflight.permissions(), *others})


def policy(
    account: str,
    region: str = "*",
    *,
    partition: str = "aws",
    qualifier: str = DEFAULT_QUALIFIER,
    actions: Iterable[str] | None = None,
) -> dict[str, Any]:
    """Return the policy document, the same on every call.

    Args:
        account: account ID.
        region: the Region, or "*" for all.
        partition: the partition of the account.
        qualifier: qualifier of the bootstrap stack.
        actions: the IAM actions. Default: those of all commands.
    """
    needed = sorted(set(permissions() if actions is None else actions) - NEEDS_NO_PERMISSION)
    names = {"account": account, "region": region, "partition": partition, "qualifier": qualifier}
    statements: dict[str, tuple[list[str], list[str]]] = {}
    for action in needed:
        sid, resources = _RESOURCES.get(action, (_READ, ("*",)))
        statements.setdefault(sid, ([], [resource.format(**names) for resource in resources]))[0].append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": allowed, "Resource": resources}
            | ({"Condition": _CONDITIONS[sid]} if sid in _CONDITIONS else {})
            for sid, (allowed, resources) in sorted(statements.items())
        ],
    }
