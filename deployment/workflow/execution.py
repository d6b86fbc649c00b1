"""One execution of the state machine, read from its history."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_SLACK_NS = 1_000_000_000  # the history's clock and the span's clock belong to two processes


@dataclass(frozen=True, kw_only=True)
class State:
    """One state that the execution went through.

    Attributes:
        part: "lambda", "fargate task", "step" for other service calls, "" for a state that calls nothing.
        note: what went wrong in it, if anything did.
    """

    name: str
    part: str
    started: datetime
    ended: datetime | None
    note: str = ""

    @property
    def duration_ms(self) -> float | None:
        """How long it took, in milliseconds; None if it never ended."""
        return (self.ended - self.started).total_seconds() * 1000 if self.ended else None

    def covers(self, moment_ns: int) -> bool:
        """Whether a moment lies within it, give or take a second."""
        begin = self.started.timestamp() * 1e9 - _SLACK_NS
        end = self.ended.timestamp() * 1e9 + _SLACK_NS if self.ended else float("inf")
        return begin <= moment_ns <= end


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One execution.

    Attributes:
        input: what it was started with, as JSON text.
        status: Step Functions' word: "SUCCEEDED", "RUNNING", "FAILED", "TIMED_OUT" or "ABORTED".
    """

    name: str
    input: str
    status: str
    started: datetime
    ended: datetime | None
    states: tuple[State, ...]

    @property
    def duration_ms(self) -> float | None:
        """How long it took, in milliseconds; None while it runs."""
        return (self.ended - self.started).total_seconds() * 1000 if self.ended else None


def read(client: Any, arn: str) -> Execution:
    """Ask Step Functions for an execution and its history."""
    described = client.describe_execution(executionArn=arn)
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [event for page in pages for event in page["events"]]
    return Execution(
        name=described["name"],
        input=described.get("input", ""),
        status=described["status"],
        started=described["startDate"],
        ended=described.get("stopDate"),
        states=tuple(states(events)),
    )


def order_of(execution_input: str) -> str:
    """Return the id of the order that an execution was started for; "" when its input names none."""
    try:
        found = json.loads(execution_input)
    except ValueError:
        return ""
    first = found[0] if isinstance(found, list) and found else found
    return str(first.get("order_id", "")) if isinstance(first, dict) else ""


def states(events: Sequence[Mapping[str, Any]]) -> Iterator[State]:
    """Read states out of a history, in the order in which they were entered."""
    entered = [i for i, event in enumerate(events) if event["type"].endswith("StateEntered")]
    for begin, end in zip(entered, [*entered[1:], len(events)], strict=True):
        yield _state(events[begin:end])


def _state(events: Sequence[Mapping[str, Any]]) -> State:
    name = events[0]["stateEnteredEventDetails"]["name"]
    resources = [event["taskScheduledEventDetails"] for event in events if event["type"] == "TaskScheduled"]
    failures = [event["taskFailedEventDetails"] for event in events if event["type"] == "TaskFailed"]
    exits = [event["timestamp"] for event in events if event["type"].endswith("StateExited")]
    return State(
        name=name,
        part=_part(resources[0]) if resources else "",
        started=events[0]["timestamp"],
        ended=exits[0] if exits else None,
        note=f"{failures[-1].get('error', 'failed')}, {len(failures)}×" if failures else "",
    )


def _part(scheduled: Mapping[str, Any]) -> str:
    # AWS says type "ecs" and resource "runTask…"; the emulator puts the whole ARN into the resource.
    called = f"{scheduled.get('resourceType', '')}:{scheduled.get('resource', '')}"
    if "lambda" in called:
        return "lambda"
    return "fargate task" if "ecs" in called else "step"
