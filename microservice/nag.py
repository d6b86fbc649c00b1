"""Findings of validators that are right about the template and wrong about the service."""

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(scope: IConstruct, finding: str, reason: str) -> None:
    """Tell cdk-nag that `finding` (such as `AwsSolutions-ECS2`) stands at `scope` and below, and why."""
    cdk.Validations.of(scope).acknowledge(cdk.Acknowledgment(id=f"AwsSolutions::{finding}", reason=reason))


def acknowledge_managed_policy(role: IConstruct, policy: str) -> None:
    """Tell cdk-nag that `role` has AWS's own `policy` because AWS's service acts as it, and only AWS knows how."""
    acknowledge(
        role,
        f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]",
        "AWS's service acts as this role; AWS keeps the policy in step with what that service does",
    )
