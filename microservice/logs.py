"""Log groups that are deleted with their stack."""

import re

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


def delivery_log_group(scope: Construct, construct_id: str = "Logs", *, service: str) -> logs.LogGroup:
    """Create a log group that an AWS service, such as API Gateway or Step Functions, delivers logs to.

    For every log group, these services add a statement to a resource policy of the account, and never remove it: after
    some deployments its 5,120 characters are full, and AWS rejects the next one. Names that start with
    `/aws/vendedlogs/` share one statement. The name contains the path of the construct, so that it is unique in the
    account and Region as long as the names of stacks are.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html

    Args:
        scope: The parent construct.
        construct_id: ID in the parent. Default: `Logs`.
        service: Name of the AWS service in the log group's name, such as `states`.

    Example:
        logs = delivery_log_group(stack, "StateMachineLogs", service="states")
    """
    stack = cdk.Stack.of(scope)
    path = [stack.stack_name, *(each.node.id for each in scope.node.scopes if each.node.path > stack.node.path)]
    name = re.sub(r"[^\w./#-]", "-", "/".join([*path, construct_id]), flags=re.ASCII)
    return log_group(scope, construct_id, name=f"/aws/vendedlogs/{service}/{name}")
