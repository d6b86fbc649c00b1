"""Reader of the synthesised state machine: the simulation uses the retries of the template."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.workflow.policy import RetryPolicy, Workflow

_TASK = ":states:::ecs:runTask"
_NO_SLOT = "DynamoDB.ConditionalCheckFailedException"
# Without capacity, RunTask reports one of these.
_NO_CAPACITY = ("AmazonECS.Unknown", "ECS.AmazonECSException", "ECS.InvalidParameterException")
# Defaults of the Amazon States Language.
_DEFAULTS = {"MaxAttempts": 3, "IntervalSeconds": 1, "BackoffRate": 2.0}

States = Mapping[str, Mapping[str, Any]]


def read_workflow(template: Mapping[str, Any]) -> Workflow:
    """Return the parts of a template's state machine that decide how long an order waits.

    Raises:
        ValueError: The template has no state machine with a task on ECS, or one of these parts is missing.
    """
    definition = _definition(template)
    states: States = definition["States"]
    task = next((name for name, state in states.items() if _TASK in state.get("Resource", "")), None)
    if task is None:
        raise ValueError("the template has no state that runs an ECS task. Pass the template of the workflow's stack.")
    path = _shortest(states, definition["StartAt"], lambda name: name == task)
    path += _shortest(states, task, lambda name: bool(states[name].get("End")))[1:]
    slot = next((name for name in path[: path.index(task)] if _retrier(states[name], [_NO_SLOT])), None)
    start = _retrier(states[task], _NO_CAPACITY)
    if start is None:
        raise ValueError(f"state {task!r} does not retry {', '.join(_NO_CAPACITY)}. Add a retrier for a used-up quota.")
    return Workflow(
        start=start,
        transitions=len(path),
        slot=_retrier(states[slot], [_NO_SLOT]) if slot else None,
        slots=_limit(states[slot]) if slot else None,
    )


def _definition(template: Mapping[str, Any]) -> Mapping[str, Any]:
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            text = resource["Properties"]["DefinitionString"]
            parts = text["Fn::Join"][1] if isinstance(text, dict) else [text]
            found: Mapping[str, Any] = json.loads("".join(part if isinstance(part, str) else "TOKEN" for part in parts))
            return found
    raise ValueError("the template has no state machine. Pass the template of the workflow's stack.")


def _shortest(states: States, start: str, is_end: Any) -> list[str]:
    """Return the names of the states from one to the nearest that ends, without error handling."""
    paths = deque([[start]])
    seen = {start}
    while paths:
        path = paths.popleft()
        if is_end(path[-1]):
            return path
        for name in _next(states[path[-1]]):
            if name not in seen:
                seen.add(name)
                paths.append([*path, name])
    raise ValueError(f"no path from state {start!r} reaches the end of the workflow")


def _next(state: Mapping[str, Any]) -> Iterator[str]:
    yield from (choice["Next"] for choice in state.get("Choices", []))
    yield from (state[key] for key in ("Next", "Default") if key in state)


def _retrier(state: Mapping[str, Any], errors: Any) -> RetryPolicy | None:
    """Return the first retrier of a state that names one of the errors and retries."""
    for found in state.get("Retry", []):
        retrier = {**_DEFAULTS, **found}
        if set(errors) & set(retrier["ErrorEquals"]) and retrier["MaxAttempts"]:
            return RetryPolicy(
                attempts=retrier["MaxAttempts"],
                interval_seconds=retrier["IntervalSeconds"],
                backoff_rate=retrier["BackoffRate"],
                max_delay_seconds=retrier.get("MaxDelaySeconds", float("inf")),
                has_jitter=retrier.get("JitterStrategy") == "FULL",
            )
    return None


def _limit(state: Mapping[str, Any]) -> int:
    values = state["Arguments"]["ExpressionAttributeValues"]
    [limit] = [int(value["N"]) for value in values.values() if "N" in value]
    return limit
