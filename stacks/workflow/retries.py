"""What is tried again, how often, and after how long."""

from collections.abc import Sequence
from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

Step = TypeVar("Step", tasks.LambdaInvoke, tasks.DynamoUpdateItem, sfn.CustomState)

# An order that does not exist, and an event that nobody understands: they would be answered the same again.
NON_RETRYABLE_FUNCTION_ERRORS = ("UnknownOrder", "ValueError")
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
LAMBDA_SERVICE_ERRORS = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
# The task says so itself, and would say it again.
NON_RETRYABLE_TASK_ERRORS = ("FulfilmentFailed",)
# Throttling has no name of its own in ECS, and comes as a wrong parameter where a subnet could not be looked up in time
# (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html); AmazonECS.Unknown is a task that
# found no capacity (https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html).
ECS_SERVICE_ERRORS = (
    "ECS.AmazonECSException",
    "ECS.ThrottlingException",
    "ECS.ServerException",
    "ECS.SdkClientException",
    "ECS.InvalidParameterException",
    "AmazonECS.Unknown",
)
NON_RETRYABLE_TABLE_ERRORS = ("DynamoDB.ConditionalCheckFailedException",)


def no_retry(step: Step, errors: Sequence[str]) -> None:
    """Give up at once: the answer is final. Has to come before other errors of the step."""
    step.add_retry(errors=list(errors), max_attempts=0)


def retry_throttling(step: Step, errors: Sequence[str]) -> None:
    """8 more attempts over 5 minutes at most: a burst of orders waits for its turn and does not fail.

    After 5 s, 10 s, 20 s … at most 60 s, each drawn from nought to that, so that a burst does not come back as one.
    """
    _again(step, errors, attempts=8, first_seconds=5, longest_seconds=60)


def retry_transient(step: Step, attempts: int, errors: Sequence[str] = (sfn.Errors.TASKS_FAILED,)) -> None:
    """More attempts after 1 s, 2 s, 4 s … at most 20 s, each drawn from nought to that; unless named, no time-outs."""
    _again(step, errors, attempts=attempts, first_seconds=1, longest_seconds=20)


def _again(step: Step, errors: Sequence[str], *, attempts: int, first_seconds: int, longest_seconds: int) -> None:
    step.add_retry(
        errors=list(errors),
        interval=cdk.Duration.seconds(first_seconds),
        backoff_rate=2,
        max_delay=cdk.Duration.seconds(longest_seconds),
        max_attempts=attempts,
        jitter_strategy=sfn.JitterType.FULL,
    )
