"""Log groups that are deleted with their stack."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(scope: Construct, construct_id: str = "Logs", *, name: str | None = None) -> logs.LogGroup:
    """Create a log group with a retention of one month that is deleted with its stack.

    Declare it for every platform that would otherwise create a log group itself, which never expires.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent. Default: `Logs`.
        name: Name of the log group, for platforms that write to a fixed name. Default: CloudFormation generates one.

    Example:
        logs = log_group(stack, "JobLogs")
    """
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
