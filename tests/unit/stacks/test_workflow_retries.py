"""How long the workflow's steps are tried again, and when not."""

from typing import Any

import pytest

from tests.unit.stacks.conftest import States


def pauses(retry: dict[str, Any]) -> list[float]:
    """Seconds before each further attempt, at their longest."""
    return [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt, retry["MaxDelaySeconds"])
        for attempt in range(retry["MaxAttempts"])
    ]


def longest(task: dict[str, Any]) -> float:
    """Seconds that a step takes at most: every kind of error as often as it is forgiven, each attempt to its end."""
    every = [pause for retry in task["Retry"] if retry["MaxAttempts"] for pause in pauses(retry)]
    return float((len(every) + 1) * task["TimeoutSeconds"] + sum(every))


def test_the_machine_waits_for_the_slowest_way_through_compensation_included(
    machine: dict[str, Any], tasks: States
) -> None:
    """A machine that is out of time ends at once: nothing would be undone."""
    assert sum(map(longest, tasks.values())) < machine["TimeoutSeconds"]


def test_every_step_is_tried_again_with_back_off_and_jitter(tasks: States) -> None:
    for task in tasks.values():
        assert task["Retry"][-1]["MaxAttempts"] >= 2
        for retry in [retry for retry in task["Retry"] if retry["MaxAttempts"]]:
            assert retry["BackoffRate"] > 1
            assert retry["JitterStrategy"] == "FULL"
            assert retry["MaxDelaySeconds"] <= 60


def forgiving(task: dict[str, Any], error: str) -> dict[str, Any]:
    """What the first retrier that matches an error says; States.TaskFailed matches all but time-outs."""
    names = {error, "States.ALL"} | (set() if error == "States.Timeout" else {"States.TaskFailed"})
    found = [retry for retry in task["Retry"] if names & set(retry["ErrorEquals"])]
    return found[0] if found else {"MaxAttempts": 0}


@pytest.mark.parametrize(
    ("step", "errors"),
    [
        ("Check order", ["Lambda.TooManyRequestsException", "Lambda.ServiceException"]),
        ("Compensate order", ["Lambda.TooManyRequestsException", "Lambda.ServiceException"]),
        ("Fulfil order", ["ECS.AmazonECSException", "ECS.InvalidParameterException", "AmazonECS.Unknown"]),
    ],
)
def test_a_burst_waits_for_its_turn(tasks: States, step: str, errors: list[str]) -> None:
    for error in errors:
        retry = forgiving(tasks[step], error)
        assert (retry["IntervalSeconds"], retry["MaxDelaySeconds"]) == (5, 60)
        assert sum(pauses(retry)) > 240


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
def test_a_final_answer_is_not_asked_for_again(tasks: States, step: str, error: str) -> None:
    assert forgiving(tasks[step], error)["MaxAttempts"] == 0


def test_a_task_out_of_time_gets_a_second_host_and_compensation_is_never_given_up_for_it(tasks: States) -> None:
    assert forgiving(tasks["Fulfil order"], "States.Timeout")["MaxAttempts"] == 1
    assert forgiving(tasks["Compensate order"], "States.Timeout")["MaxAttempts"] == 6
