"""IAM roles for AWS services, with AWS managed policies, and the permissions of Session Manager."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from .nag import acknowledge_managed_policy

# https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-add-permissions-to-existing-profile.html
_SESSION_MANAGER = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]


def managed_policy_role(
    scope: Construct,
    construct_id: str,
    *,
    service: str,
    policies: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
    external_ids: Sequence[str] | None = None,
) -> iam.Role:
    """Create a role that an AWS service assumes, with AWS managed policies, and acknowledge these for cdk-nag.

    Args:
        scope: The parent construct.
        construct_id: ID of the role in the parent.
        service: Service principal, such as `ecs.amazonaws.com`.
        policies: Names of AWS managed policies with their path, such as `service-role/AWSLambdaBasicExecutionRole`.
        conditions: Conditions of the trust policy. Default: none.
        external_ids: External IDs of the trust policy. Default: none.

    Example:
        role = managed_policy_role(
            stack,
            "NodeRole",
            service="ec2.amazonaws.com",
            policies=["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"],
        )
    """
    role = iam.Role(
        scope,
        construct_id,
        assumed_by=iam.ServicePrincipal(service, conditions=dict(conditions) if conditions else None),
        external_ids=list(external_ids) if external_ids else None,
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in policies],
    )
    for policy in policies:
        acknowledge_managed_policy(role, policy)
    return role


def restrict_trust(role: iam.IRole, *, service: str, resource: str) -> None:
    """Let a service assume a role only for resources of this account and Region (confused deputy prevention).

    Use it only where AWS documents the condition for the service: others send no source, and could not assume the role.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html

    Args:
        role: A role with one trusted service.
        service: Service in the ARN of the source, such as `pipes`.
        resource: The rest of that ARN, such as `pipe/*`.

    Example:
        role = iam.Role(stack, "PipeRole", assumed_by=iam.ServicePrincipal("pipes.amazonaws.com"))
        restrict_trust(role, service="pipes", resource="pipe/*")
    """
    source = f"arn:{cdk.Aws.PARTITION}:{service}:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{resource}"
    condition = {
        "StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID},
        "ArnLike": {"aws:SourceArn": source},
    }
    resource_of_role = cast("iam.CfnRole", role.node.default_child)
    resource_of_role.add_property_override("AssumeRolePolicyDocument.Statement.0.Condition", condition)


def grant_session_manager(role: iam.Role) -> None:
    """Allow an instance role to open shells with Session Manager; AWS's managed policy would also read SSM parameters.

    Args:
        role: The instance role.
    """
    role.add_to_policy(iam.PolicyStatement(actions=_SESSION_MANAGER, resources=["*"]))
