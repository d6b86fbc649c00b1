"""CloudFormation's events of a stack: of its last operation, what failed first, and how long it took."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

STACK = "AWS::CloudFormation::Stack"
_CANCELLED = "cancelled"
_BEGINS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")

Events = Sequence[Any]


def read(cloudformation: Any, stack: str) -> list[Any]:
    """Ask for all events of a stack, newest first.

    Raises:
        ClientError: there is no such stack.
    """
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    return [event for page in pages for event in page["StackEvents"]]


def after(events: Events, identifier: str) -> list[Any]:
    """Return the events that are newer than one of them; all of them when it is not among them."""
    return list(takewhile(lambda event: event["EventId"] != identifier, events))


def last_operation(events: Events) -> list[Any]:
    """Return the events since the stack was last created or updated."""
    found = []
    for event in events:
        found.append(event)
        if event["ResourceType"] == STACK and event["ResourceStatus"] in _BEGINS:
            break
    return found


def failures(events: Events) -> list[Any]:
    """Return the events of resources that failed by themselves, the first one first."""
    return [
        event
        for event in reversed(events)
        if event["ResourceType"] != STACK
        and str(event["ResourceStatus"]).endswith("_FAILED")
        and _CANCELLED not in reason(event)
    ]


def reason(event: Any) -> str:
    """Return CloudFormation's own reason; "" where it gives none."""
    return str(event.get("ResourceStatusReason") or "")


def seconds(events: Events) -> float:
    """Return how long an operation took."""
    times: list[datetime] = [event["Timestamp"] for event in events]
    return (max(times) - min(times)).total_seconds() if times else 0.0
