"""Follows a deployment through CloudFormation's events while the CLI runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.assembly import Assembly, Stack
from local_aws.errors import LocalAwsError

_POLL_S = 0.5
_STACK = "AWS::CloudFormation::Stack"
_CANCELLED = "Resource creation cancelled"


@dataclass(frozen=True, kw_only=True)
class DeployEvent:
    """Something the screen can show while stacks deploy.

    Attributes:
        stack: the stack's name; "" for the image.
        state: "image" (build and push), "started", "progress", "done" or "failed".
        resources_done: resources that are complete so far.
        resources_total: resources in the template.
        text: one line: what was just completed, or why it failed.
    """

    stack: str
    state: Literal["image", "started", "progress", "done", "failed"]
    resources_done: int = 0
    resources_total: int = 0
    text: str = ""


class Progress:
    """Tells what happens to an assembly's stacks, until it is left."""

    def __init__(self, assembly: Assembly, cloudformation: Any, on_event: Callable[[DeployEvent], None]) -> None:
        self._stacks = assembly.stacks
        self._cloudformation = cloudformation
        self._on_event = on_event
        self._told: dict[str, DeployEvent] = {}
        self._failures: list[tuple[Any, str, str, str]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        """Begin to follow."""
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Look a last time."""
        self._ended.set()
        self._thread.join()
        self._look()

    def failure(self) -> LocalAwsError | None:
        """The first resource that failed, as an error; None if none did."""
        if not self._failures:
            return None
        _time, stack, resource, reason = min(self._failures)
        return LocalAwsError(
            f"{stack} was not deployed: {resource} failed",
            reason,
            "python -m local_aws logs shows what containers said",
        )

    def _follow(self) -> None:
        while not self._ended.wait(_POLL_S):
            self._look()

    def _look(self) -> None:
        for stack in self._stacks:
            told = self._told.get(stack.name)
            if told is None or told.state in ("started", "progress"):
                try:
                    self._look_at(stack)
                except (ClientError, BotoCoreError):
                    # Not created yet.
                    continue

    def _look_at(self, stack: Stack) -> None:
        events = self._cloudformation.describe_stack_events(StackName=stack.name)["StackEvents"]
        failed = [
            event for event in events if event["ResourceStatus"].endswith("_FAILED") and _reason(event) != _CANCELLED
        ]
        for event in failed:
            entry = (event["Timestamp"], stack.name, event["LogicalResourceId"], _reason(event))
            if entry not in self._failures and event["ResourceType"] != _STACK:
                self._failures.append(entry)
        done = {
            event["LogicalResourceId"] for event in events if _is_complete(event) and event["ResourceType"] != _STACK
        }
        last = next((event for event in events if event["ResourceType"] == _STACK), events[0])
        self._tell(stack, last["ResourceStatus"], len(done), events[0], failed)

    def _tell(self, stack: Stack, status: str, done: int, newest: Any, failed: list[Any]) -> None:
        state: Literal["started", "progress", "done", "failed"] = "progress" if stack.name in self._told else "started"
        text = newest["LogicalResourceId"]
        if failed:
            state, text = "failed", f"{failed[-1]['LogicalResourceId']}: {_reason(failed[-1])}"
        elif status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            state = "done"
        event = DeployEvent(
            stack=stack.name, state=state, resources_done=done, resources_total=stack.resources, text=text
        )
        if event != self._told.get(stack.name):
            self._told[stack.name] = event
            self._on_event(event)


def _is_complete(event: Any) -> bool:
    return str(event["ResourceStatus"]) in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def _reason(event: Any) -> str:
    return str(event.get("ResourceStatusReason", ""))
