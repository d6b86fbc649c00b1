"""The retry policies of the workflow's steps."""

from collections.abc import Sequence
from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

Step = TypeVar("Step", tasks.LambdaInvoke, tasks.DynamoUpdateItem, sfn.CustomState)

# With delays of 30 s on average.
_RETRIES_PER_DAY = 2880
# An unknown order, and an invalid event.
NON_RETRYABLE_FUNCTION_ERRORS = ("UnknownOrder", "ValueError")
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
LAMBDA_SERVICE_ERRORS = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
# The task reports this itself.
NON_RETRYABLE_TASK_ERRORS = ("FulfilmentFailed",)
# ECS reports throttling under several names, InvalidParameterException included
# (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html). AmazonECS.Unknown is a task
# without capacity (https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html).
ECS_SERVICE_ERRORS = (
    "ECS.AccessDeniedException",  # IAM is eventually consistent: the first orders can precede the role's permissions
    "ECS.AmazonECSException",
    "ECS.ThrottlingException",
    "ECS.ServerException",
    "ECS.SdkClientException",
    "ECS.InvalidParameterException",
    "AmazonECS.Unknown",
)
CONDITION_FAILED = ("DynamoDB.ConditionalCheckFailedException",)


def no_retry(step: Step, errors: Sequence[str]) -> None:
    """Do not retry these errors; call it before the other policies of a step."""
    step.add_retry(errors=list(errors), max_attempts=0)


def retry_for_a_day(step: Step, errors: Sequence[str]) -> None:
    """Retry errors that pass, such as throttling or a used-up quota, for about a day.

    Exponential backoff with full jitter from 5 s, capped at 60 s: a burst of orders waits, and does not retry as one.
    Each retry is billed as a state transition.
    """
    _retry(step, errors, attempts=_RETRIES_PER_DAY, interval_seconds=5, max_delay_seconds=60)


def retry_transient(
    step: Step, attempts: int, errors: Sequence[str] = (sfn.Errors.TASKS_FAILED, sfn.Errors.TIMEOUT)
) -> None:
    """Retry transient errors: exponential backoff with full jitter from 1 s, capped at 20 s.

    Args:
        step: The state.
        attempts: Maximum number of retries.
        errors: Error names. Default: every error of a task, and its timeout.
    """
    _retry(step, errors, attempts=attempts, interval_seconds=1, max_delay_seconds=20)


def _retry(step: Step, errors: Sequence[str], *, attempts: int, interval_seconds: int, max_delay_seconds: int) -> None:
    step.add_retry(
        errors=list(errors),
        interval=cdk.Duration.seconds(interval_seconds),
        backoff_rate=2,
        max_delay=cdk.Duration.seconds(max_delay_seconds),
        max_attempts=attempts,
        jitter_strategy=sfn.JitterType.FULL,
    )
