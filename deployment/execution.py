"""Execution of the Step Functions state machine, from its history."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

_CLOCK_SKEW_NS = 1_000_000_000  # the history and the spans come from the clocks of two processes


@dataclass(frozen=True, kw_only=True)
class ExecutionState:
    """One state that the execution entered.

    Attributes:
        name: the state's name.
        part: "lambda", "fargate task", "step" for another service integration, "" for a state that calls nothing.
        started: when it was entered.
        ended: when it was exited; None if it never was.
        note: the last error in it, and how many there were; "" without one.
    """

    name: str
    part: str
    started: datetime
    ended: datetime | None
    note: str = ""

    @property
    def duration_ms(self) -> float | None:
        """Duration in milliseconds; None if it never ended."""
        return _duration_ms(self.started, self.ended)

    def covers(self, time_ns: int) -> bool:
        """Return whether a time lies within the state, allowing for clock skew."""
        begin = self.started.timestamp() * 1e9 - _CLOCK_SKEW_NS
        end = self.ended.timestamp() * 1e9 + _CLOCK_SKEW_NS if self.ended else float("inf")
        return begin <= time_ns <= end


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One execution.

    Attributes:
        name: the execution's name.
        input: the input as JSON text.
        status: Step Functions' status: "SUCCEEDED", "RUNNING", "FAILED", "TIMED_OUT" or "ABORTED".
        started: when it started.
        ended: when it ended; None while it runs.
        states: in the order in which they were entered.
    """

    name: str
    input: str
    status: str
    started: datetime
    ended: datetime | None
    states: tuple[ExecutionState, ...]

    @property
    def duration_ms(self) -> float | None:
        """Duration in milliseconds; None while it runs."""
        return _duration_ms(self.started, self.ended)


def read(stepfunctions: Any, arn: str) -> Execution:
    """Read an execution and its history."""
    described = stepfunctions.describe_execution(executionArn=arn)
    pages = stepfunctions.get_paginator("get_execution_history").paginate(executionArn=arn)
    return Execution(
        name=described["name"],
        input=described.get("input", ""),
        status=described["status"],
        started=described["startDate"],
        ended=described.get("stopDate"),
        states=tuple(states([event for page in pages for event in page["events"]])),
    )


def order_in(execution_input: str) -> str:
    """Return the order ID in an execution's input; "" without one."""
    try:
        found = json.loads(execution_input)
    except ValueError:
        return ""
    first = found[0] if isinstance(found, list) and found else found
    return str(first.get("order_id", "")) if isinstance(first, dict) else ""


def states(events: Sequence[Mapping[str, Any]]) -> Iterator[ExecutionState]:
    """Yield the states in a history, in the order in which they were entered."""
    entered = [number for number, event in enumerate(events) if event["type"].endswith("StateEntered")]
    for begin, end in pairwise([*entered, len(events)]):
        yield _state(events[begin:end])


def _state(events: Sequence[Mapping[str, Any]]) -> ExecutionState:
    scheduled = [event["taskScheduledEventDetails"] for event in events if event["type"] == "TaskScheduled"]
    failures = [event["taskFailedEventDetails"] for event in events if event["type"] == "TaskFailed"]
    exits = [event["timestamp"] for event in events if event["type"].endswith("StateExited")]
    return ExecutionState(
        name=events[0]["stateEnteredEventDetails"]["name"],
        part=_part(scheduled[0]) if scheduled else "",
        started=events[0]["timestamp"],
        ended=exits[0] if exits else None,
        note=f"{failures[-1].get('error', 'failed')}, {len(failures)}×" if failures else "",
    )


def _part(scheduled: Mapping[str, Any]) -> str:
    # AWS reports type "ecs" and resource "runTask…"; an emulator may put the whole ARN into the resource.
    called = f"{scheduled.get('resourceType', '')}:{scheduled.get('resource', '')}"
    if "lambda" in called:
        return "lambda"
    return "fargate task" if "ecs" in called else "step"


def _duration_ms(started: datetime, ended: datetime | None) -> float | None:
    return (ended - started).total_seconds() * 1000 if ended else None
