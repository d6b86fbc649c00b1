"""The time that CloudFormation took for the stacks of a run, from their events, which outlive a deleted stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from deployment import stack_events
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from deployment.preflight.account import AWS_ERRORS
from sandbox.state import RunState

_STACK = "AWS::CloudFormation::Stack"
# First and last state of an operation -> field of `comparison.facts.evidence.Measurements`.
_OPERATIONS = {
    ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"): "deploy_s",
    ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"): "rollback_s",
    ("DELETE_IN_PROGRESS", "DELETE_COMPLETE"): "delete_s",
}
_STARTS = frozenset(start for start, _ in _OPERATIONS)


def judge(events: Iterable[Any]) -> dict[str, float]:
    """Return the seconds of the first deployment, the first rollback and the last deletion in the events of stacks.

    Args:
        events: the events of one stack, or of several with the same name one after the other; oldest first.
    """
    found: dict[str, float] = {}
    start: tuple[str, datetime] | None = None
    for event in events:
        status, time = event["ResourceStatus"], event.get("Timestamp")
        # A nested stack has the type, too, and a run that is over must not fail for lack of a time.
        if time is None or event["ResourceType"] != _STACK or event.get("PhysicalResourceId") != event.get("StackId"):
            continue
        if status in _STARTS:
            start = (status, time)
        elif start and (name := _OPERATIONS.get((start[0], status))):
            seconds = (time - start[1]).total_seconds()
            # A drill may delete a stack before the last one does.
            found[name] = seconds if name == "delete_s" else found.get(name, seconds)
            start = None
    return found


def of_run(run: RunState, cloudformation: Any) -> Mapping[str, Mapping[str, float]]:
    """Return target -> field of `Measurements` -> seconds, as far as CloudFormation and the assembly tell them.

    Args:
        run: the run.
        cloudformation: a boto3 client.
    """
    found: dict[str, Mapping[str, float]] = {}
    with suppress(ActionableError, OSError, *AWS_ERRORS):
        targets = Assembly.load(Path(run.assembly)).targets
        for target in run.targets:
            # The drills of a target may create its stack several times. A deleted stack has only its ID.
            ids = [stack.id for stack in run.stacks if stack.name == targets[target].stack]
            events = [event for id_ in ids for event in reversed(list(stack_events.read(cloudformation, id_)))]
            found[target] = judge(events)
    return found
