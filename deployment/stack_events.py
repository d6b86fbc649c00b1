"""CloudFormation's stack events, and the monitor that follows a deployment by them and by the CDK CLI's log."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from botocore.exceptions import BotoCoreError, ClientError

from deployment.assembly import Stack
from deployment.errors import ActionableError

COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
STANDING = (*COMPLETE, "UPDATE_ROLLBACK_COMPLETE")
"""States of a stack whose resources all exist; after a rollback, in their previous version."""
_STACK = "AWS::CloudFormation::Stack"
_IN_PROGRESS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
_ASSET = re.compile(r"^\S+: (start|success): (Building|Built|Publishing|Published) (.+?)(?: \([^()]*\))?$")
_IMAGE_STATES = {"Building": "building", "Publishing": "pushing", "Published": "pushed"}

Events = Sequence[Any]


def read(cloudformation: Any, stack: str) -> Iterator[Any]:
    """Yield the events of a stack, newest first; older pages are read only if they are consumed.

    Raises:
        ClientError: the stack does not exist.
    """
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        yield from page["StackEvents"]


def last_operation(events: Iterable[Any]) -> list[Any]:
    """Return the events since the last create, update or delete of the stack."""
    found = []
    for event in events:
        found.append(event)
        if event["ResourceType"] == _STACK and event["ResourceStatus"] in _IN_PROGRESS:
            break
    return found


def failures(events: Events) -> list[Any]:
    """Return the failures of resources, first to last, without those that CloudFormation cancelled."""
    return [
        event
        for event in reversed(events)
        if event["ResourceType"] != _STACK
        and str(event["ResourceStatus"]).endswith("_FAILED")
        and "cancelled" not in reason(event)
    ]


def reason(event: Any) -> str:
    """Return CloudFormation's status reason; "" without one."""
    return str(event.get("ResourceStatusReason") or "")


def last_duration_s(cloudformation: Any, stack: str) -> float:
    """Return how long the last operation of a stack took, in seconds."""
    times: list[datetime] = [event["Timestamp"] for event in last_operation(read(cloudformation, stack))]
    return (max(times) - min(times)).total_seconds() if times else 0.0


def image_states(log: Collection[str], images: Collection[str]) -> Iterator[str]:
    """Yield "building", "pushing" or "pushed" for the images with these display names, in the order of the log."""
    for line in log:
        found = _ASSET.match(line.strip())
        if found and found[3] in images and found[2] in _IMAGE_STATES:
            yield _IMAGE_STATES[found[2]]


@dataclass(frozen=True, kw_only=True)
class DeployEvent:
    """One change while stacks deploy.

    Attributes:
        stack: the stack's name; "" for the image.
        state: "image", "started", "progress", "done" or "failed".
        resources_done: number of complete resources.
        resources_total: number of resources in the template.
        text: the resource that changed last, or the reason of the failure; for the image "building", "pushing" or
            "pushed".
    """

    stack: str
    state: Literal["image", "started", "progress", "done", "failed"]
    resources_done: int = 0
    resources_total: int = 0
    text: str = ""


class DeployMonitor:
    """Follow a deployment of the CDK CLI in a thread, from the start of the block to its end.

    Args:
        stacks: The stacks that are deployed.
        images: Display names of the images that are published.
        cloudformation: A CloudFormation client.
        on_event: Receives each change, in the monitor's thread.
        log: The CLI's log file.
        poll_s: Seconds between polls.
    """

    def __init__(
        self,
        stacks: Sequence[Stack],
        images: Collection[str],
        cloudformation: Any,
        on_event: Callable[[DeployEvent], None],
        log: Path,
        poll_s: float,
    ) -> None:
        self._stacks = stacks
        self._images = images
        self._cloudformation = cloudformation
        self._on_event = on_event
        self._log = log
        self._poll_s = poll_s
        self._last_before: dict[str, str] = {}
        self._reported: dict[str, DeployEvent] = {}
        self._images_reported = 0
        self._failures: dict[str, Any] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        """Start to follow; earlier events do not count."""
        for stack in self._stacks:
            self._last_before[stack.name] = next((event["EventId"] for event in self._events(stack)), "")
        self._log.unlink(missing_ok=True)
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Report the changes since the last poll."""
        self._ended.set()
        self._thread.join()
        self._poll()

    def failure(self, fix: str = "") -> ActionableError | None:
        """Return the first resource that failed as an error; None if none did."""
        if not self._failures:
            return None
        stack, event = min(self._failures.items(), key=lambda item: item[1]["Timestamp"])
        return ActionableError(f"{stack} was not deployed: {event['LogicalResourceId']} failed", reason(event), fix)

    def _follow(self) -> None:
        while not self._ended.wait(self._poll_s):
            self._poll()

    def _poll(self) -> None:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        states = list(image_states(lines, self._images))
        for state in states[self._images_reported :]:
            self._on_event(DeployEvent(stack="", state="image", text=state))
        self._images_reported = len(states)
        for stack in self._stacks:
            reported = self._reported.get(stack.name)
            if reported is None or reported.state in ("started", "progress"):
                self._poll_stack(stack)

    def _poll_stack(self, stack: Stack) -> None:
        last_before = self._last_before[stack.name]
        events = list(takewhile(lambda event: event["EventId"] != last_before, self._events(stack)))
        if not events:
            return
        failed = failures(events)
        if failed:
            self._failures.setdefault(stack.name, failed[0])
        of_resources = [event for event in events if event["ResourceType"] != _STACK]
        done = {event["LogicalResourceId"] for event in of_resources if event["ResourceStatus"] in COMPLETE}
        last = next((event for event in events if event["ResourceType"] == _STACK), events[0])
        state: Literal["started", "progress", "done", "failed"]
        state, text = "progress" if stack.name in self._reported else "started", events[0]["LogicalResourceId"]
        if failed:
            state, text = "failed", f"{failed[0]['LogicalResourceId']}: {reason(failed[0])}"
        elif last["ResourceStatus"] in COMPLETE:
            state = "done"
        event = DeployEvent(
            stack=stack.name, state=state, resources_done=len(done), resources_total=stack.resources, text=text
        )
        if event != self._reported.get(stack.name):
            self._reported[stack.name] = event
            self._on_event(event)

    def _events(self, stack: Stack) -> Iterator[Any]:
        with suppress(ClientError, BotoCoreError):  # not created yet
            yield from read(self._cloudformation, stack.name)
