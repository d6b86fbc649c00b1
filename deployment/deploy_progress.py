"""Follows a deployment while the CLI runs: stacks through CloudFormation's events, the image through the CLI's log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from botocore.exceptions import BotoCoreError, ClientError

from deployment import stack_events
from deployment.assembly import Assembly, Stack
from deployment.cdk_log import image_states
from deployment.errors import ActionableError
from deployment.stack_events import STACK, reason

_POLL_S = 0.25


@dataclass(frozen=True, kw_only=True)
class DeployEvent:
    """Something the screen can show while stacks deploy.

    Attributes:
        stack: the stack's name; "" for the image.
        state: "image", "started", "progress", "done" or "failed".
        resources_done: resources that are complete so far.
        resources_total: resources in the template.
        text: one line: what was just completed, or why it failed; of the image "building", "pushing" or "pushed".
    """

    stack: str
    state: Literal["image", "started", "progress", "done", "failed"]
    resources_done: int = 0
    resources_total: int = 0
    text: str = ""


class Progress:
    """Tells what happens to an assembly's stacks and its image, until it is left.

    Args:
        assembly: what is deployed.
        cloudformation: a client.
        on_event: told whatever happens, from a thread of its own.
        log: where the CLI writes.
    """

    def __init__(
        self, assembly: Assembly, cloudformation: Any, on_event: Callable[[DeployEvent], None], log: Path
    ) -> None:
        self._stacks = assembly.stacks
        self._images = assembly.images
        self._cloudformation = cloudformation
        self._on_event = on_event
        self._log = log
        self._before: dict[str, str] = {}
        self._told: dict[str, DeployEvent] = {}
        self._images_told = 0
        self._failures: dict[str, Any] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        """Begin to follow; what happened before does not count."""
        for stack in self._stacks:
            self._before[stack.name] = next((event["EventId"] for event in self._events(stack)), "")
        self._log.unlink(missing_ok=True)
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Look a last time."""
        self._ended.set()
        self._thread.join()
        self._look()

    def failure(self) -> ActionableError | None:
        """The first resource that failed, as an error; None if none did."""
        if not self._failures:
            return None
        stack, event = min(self._failures.items(), key=lambda item: item[1]["Timestamp"])
        return ActionableError(
            f"{stack} was not deployed: {event['LogicalResourceId']} failed",
            reason(event),
            "python -m local_aws logs shows what containers said",
        )

    def _follow(self) -> None:
        while not self._ended.wait(_POLL_S):
            self._look()

    def _look(self) -> None:
        self._look_at_image()
        for stack in self._stacks:
            told = self._told.get(stack.name)
            if told is None or told.state in ("started", "progress"):
                self._look_at(stack)

    def _look_at_image(self) -> None:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        states = list(image_states(lines, self._images))
        for state in states[self._images_told :]:
            self._on_event(DeployEvent(stack="", state="image", text=state))
        self._images_told = len(states)

    def _look_at(self, stack: Stack) -> None:
        events = stack_events.after(self._events(stack), self._before[stack.name])
        if not events:
            return
        failed = stack_events.failures(events)
        if failed:
            self._failures.setdefault(stack.name, failed[0])
        done = {
            event["LogicalResourceId"] for event in events if _is_complete(event) and event["ResourceType"] != STACK
        }
        last = next((event for event in events if event["ResourceType"] == STACK), events[0])
        self._tell(stack, last["ResourceStatus"], len(done), events[0], failed)

    def _events(self, stack: Stack) -> list[Any]:
        with suppress(ClientError, BotoCoreError):
            return stack_events.read(self._cloudformation, stack.name)
        return []  # not created yet

    def _tell(self, stack: Stack, status: str, done: int, newest: Any, failed: list[Any]) -> None:
        state: Literal["started", "progress", "done", "failed"] = "progress" if stack.name in self._told else "started"
        text = newest["LogicalResourceId"]
        if failed:
            state, text = "failed", f"{failed[0]['LogicalResourceId']}: {reason(failed[0])}"
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
