"""Findings of validators that are right about the template and wrong about the service."""

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(scope: IConstruct, finding: str, reason: str) -> None:
    """Tell cdk-nag that `finding` (such as `AwsSolutions-ECS2`) stands at `scope` and below, and why."""
    cdk.Validations.of(scope).acknowledge(cdk.Acknowledgment(id=f"AwsSolutions::{finding}", reason=reason))
