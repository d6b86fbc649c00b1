"""The retries of the steps: which errors, how often, and for how long."""

from typing import Any

import pytest

from tests.unit.stacks.conftest import States


def pauses(retry: dict[str, Any]) -> list[float]:
    """Maximum seconds before each retry."""
    return [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt, retry["MaxDelaySeconds"])
        for attempt in range(retry["MaxAttempts"])
    ]


def max_seconds(task: dict[str, Any]) -> float:
    """Maximum seconds of a step: every retry of every policy, and each attempt until its timeout."""
    every = [pause for retry in task["Retry"] if retry["MaxAttempts"] for pause in pauses(retry)]
    return float((len(every) + 1) * task["TimeoutSeconds"] + sum(every))


def test_the_timeout_of_the_state_machine_is_longer_than_the_slowest_execution_with_compensation(
    state_machine: dict[str, Any], tasks: States
) -> None:
    """An execution that times out ends at once, without compensation."""
    assert sum(map(max_seconds, tasks.values())) < state_machine["TimeoutSeconds"]


def test_every_step_is_retried_with_exponential_backoff_and_jitter(tasks: States) -> None:
    for task in tasks.values():
        assert task["Retry"][-1]["MaxAttempts"] >= 2
        for retry in [retry for retry in task["Retry"] if retry["MaxAttempts"]]:
            assert retry["BackoffRate"] > 1
            assert retry["JitterStrategy"] == "FULL"
            assert retry["MaxDelaySeconds"] <= 60


def retry_of(task: dict[str, Any], error: str) -> dict[str, Any]:
    """The first retry policy that matches an error; States.TaskFailed matches all errors but timeouts."""
    names = {error, "States.ALL"} | (set() if error == "States.Timeout" else {"States.TaskFailed"})
    found = [retry for retry in task["Retry"] if names & set(retry["ErrorEquals"])]
    return found[0] if found else {"MaxAttempts": 0}


@pytest.mark.parametrize(
    ("step", "errors"),
    [
        ("Check order", ["Lambda.TooManyRequestsException", "Lambda.ServiceException"]),
        ("Compensate order", ["Lambda.TooManyRequestsException", "Lambda.ServiceException"]),
        (
            "Fulfil order",
            [
                *("ECS.AmazonECSException", "ECS.InvalidParameterException", "AmazonECS.Unknown"),
                *("ECS.AccessDeniedException", "ECS.ThrottlingException"),
            ],
        ),
        ("Acquire slot", ["DynamoDB.ConditionalCheckFailedException"]),
    ],
)
def test_a_quota_is_waited_for_as_long_as_a_day(tasks: States, step: str, errors: list[str]) -> None:
    """With full jitter, a pause is half of its maximum on average."""
    for error in errors:
        retry = retry_of(tasks[step], error)
        assert (retry["IntervalSeconds"], retry["MaxDelaySeconds"]) == (5, 60)
        assert 86_000 < sum(pauses(retry)) / 2 < 90_000


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("Check order", "UnknownOrder"),
        ("Check order", "ValueError"),
        ("Compensate order", "UnknownOrder"),
        ("Fulfil order", "FulfilmentFailed"),
        ("Record shipment", "DynamoDB.ConditionalCheckFailedException"),
    ],
)
def test_permanent_errors_are_not_retried(tasks: States, step: str, error: str) -> None:
    assert retry_of(tasks[step], error)["MaxAttempts"] == 0


def test_a_timeout_is_retried_once_for_fulfilment_and_six_times_for_compensation(tasks: States) -> None:
    assert retry_of(tasks["Fulfil order"], "States.Timeout")["MaxAttempts"] == 1
    assert retry_of(tasks["Compensate order"], "States.Timeout")["MaxAttempts"] == 6
