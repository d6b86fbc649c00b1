"""Logs that end with the stack that makes them."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(scope: Construct, construct_id: str = "Logs", *, name: str | None = None) -> logs.LogGroup:
    """A log group that keeps a month and is deleted with its stack; platforms that make their own keep it for ever.

    `name` is for platforms that write where they please; without it CloudFormation finds one.
    """
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
