"""The IAM policy of the commands: one statement for each set of resources, generated from what they call."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
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
    "cloudformation:DescribeStackResourceDrifts": (
        "Stacks",
        ("arn:{partition}:cloudformation:{region}:{account}:stack/*",),
    ),
    "cloudformation:DetectStackDrift": ("Stacks", ("arn:{partition}:cloudformation:{region}:{account}:stack/*",)),
    "cloudformation:DescribeStackEvents": ("Stacks", ("arn:{partition}:cloudformation:{region}:{account}:stack/*",)),
    "apigateway:GET": (
        "Apis",
        tuple(f"arn:{{partition}}:apigateway:{{region}}::/{path}" for path in ("apis/*", "vpclinks", "vpclinks/*")),
    ),
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
# Actions that are limited to the account and Region; in one statement, because the length of a policy is limited.
_OF_THE_ACCOUNT = (
    "acm:DescribeCertificate",
    "apprunner:DescribeService",
    "apprunner:ListOperations",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "dynamodb:BatchGetItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "ec2:TerminateInstances",
    "ecs:DescribeCapacityProviders",
    "ecs:DescribeClusters",
    "ecs:DescribeExpressGatewayService",
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeServices",
    "ecs:DescribeTasks",
    "ecs:ListServiceDeployments",
    "ecs:ListTasks",
    "ecs:StopTask",
    "elasticbeanstalk:DescribeEnvironmentResources",
    "elasticbeanstalk:DescribeEnvironments",
    "iam:GetInstanceProfile",
    "lambda:GetFunctionConfiguration",
    "lambda:InvokeFunction",
    "logs:FilterLogEvents",
    "pipes:DescribePipe",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "sns:GetTopicAttributes",
    "sqs:GetQueueUrl",
    "states:DescribeExecution",
    "states:DescribeStateMachine",
    "states:GetExecutionHistory",
    "states:ListExecutions",
)
# Services whose ARNs have no Region.
_GLOBAL = ("iam",)
_READ = "Read"
# Statement -> the condition without which it would allow more than a run needs.
_CONDITIONS = {"DeleteStacks": {"Null": {f"aws:ResourceTag/{TAG}": "false"}}}


def permissions() -> list[str]:
    """Return the IAM actions of all commands, sorted."""
    modules = [import_module(f"{drills.__name__}.{found.name}") for found in pkgutil.iter_modules(drills.__path__)]
    of_drills = {action for module in modules for action in getattr(module, "PERMISSIONS", ())}
    return sorted({*preflight.permissions(), *deletion.PERMISSIONS, *own_stacks.PERMISSIONS, *of_drills})


def _limit(action: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of the statement for an action, and its resources."""
    if action not in _OF_THE_ACCOUNT:
        return _RESOURCES.get(action, (_READ, ("*",)))
    services = sorted({other.partition(":")[0] for other in _OF_THE_ACCOUNT})
    regions = {service: "" if service in _GLOBAL else "{region}" for service in services}
    arns = (f"arn:{{partition}}:{service}:{region}:{{account}}:*" for service, region in regions.items())
    return "InTheAccount", tuple(arns)


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
        sid, resources = _limit(action)
        statements.setdefault(sid, ([], [resource.format(**names) for resource in resources]))[0].append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": allowed, "Resource": resources}
            | ({"Condition": _CONDITIONS[sid]} if sid in _CONDITIONS else {})
            for sid, (allowed, resources) in sorted(statements.items())
        ],
    }
