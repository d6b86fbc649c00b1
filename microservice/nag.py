"""Acknowledgements of cdk-nag findings, each with its reason."""

from typing import Any

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(scope: IConstruct, finding: str, reason: str) -> None:
    """Acknowledge a cdk-nag finding for a construct and everything below it.

    Args:
        scope: The construct.
        finding: ID of the finding, such as `AwsSolutions-ECS2` or `AwsSolutions-IAM5[Resource::*]`.
        reason: Why the finding does not apply, or why you accept it.

    Example:
        acknowledge(table, "AwsSolutions-DDB3", "the items expire within a day, and need no backup")
    """
    cdk.Validations.of(scope).acknowledge(cdk.Acknowledgment(id=f"AwsSolutions::{finding}", reason=reason))


def acknowledge_wildcard(scope: IConstruct, resource_arn: str, reason: str) -> None:
    """Acknowledge the wildcard in a resource of an IAM policy.

    Args:
        scope: The construct that contains the policy.
        resource_arn: The resource as in the policy, with its tokens.
        reason: Why the policy needs the wildcard.

    Example:
        acknowledge_wildcard(stack, f"{table.table_arn}/index/*", "the job reads every index of its own table")
    """
    finding = f"AwsSolutions-IAM5[Resource::{_render(cdk.Stack.of(scope).resolve(resource_arn))}]"
    acknowledge(scope, finding, reason)


def _render(value: Any) -> str:
    """Write a value of a template as cdk-nag does."""
    match value:
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::GetAtt": [*path]}:
            return f"<{'.'.join(path)}>"
        case {"Fn::Join": [str(separator), [*parts]]}:
            return separator.join(_render(part) for part in parts)
    return str(value)


def acknowledge_image_pull(role: IConstruct) -> None:
    """Acknowledge the wildcard of a role that pulls the container image from ECR."""
    reason = "ecr:GetAuthorizationToken supports no resource ARNs; pulling is limited to one repository"
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]", reason)


def acknowledge_managed_policy(role: IConstruct, policy: str) -> None:
    """Acknowledge an AWS managed policy of a role that an AWS service assumes.

    Args:
        role: The role, or a construct that contains it.
        policy: Name of the policy with its path, such as `service-role/AWSLambdaBasicExecutionRole`.

    Example:
        acknowledge_managed_policy(eks_cluster.role, "AmazonEKSClusterPolicy")
    """
    acknowledge(
        role,
        f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]",
        "an AWS service assumes this role; AWS keeps its managed policy in step with that service",
    )
