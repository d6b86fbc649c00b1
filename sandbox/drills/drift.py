"""D3: drift detection of every stack. A stack that CloudFormation has not checked is not in sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from deployment.preflight.account import AWS_ERRORS, Account
from deployment.results import Outcome
from sandbox.drill import DrillContext, DrillOutcome
from sandbox.drills.target import MINUTE_S, account_of, poll
from sandbox.resource_kinds import judge_error

PERMISSIONS = (
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DetectStackDrift",
)
_LIMIT_S, _POLL_S = 20 * MINUTE_S, 10.0
_MAX_NAMED = 5

Verdict = Literal["in sync", "drifted", "unknown"]


@dataclass(frozen=True, kw_only=True)
class StackDrift:
    """The drift of one stack.

    Attributes:
        stack: the stack's name.
        verdict: in sync, drifted, or unknown.
        reason: what has drifted, or why it is unknown. Default: "".
    """

    stack: str
    verdict: Verdict
    reason: str = ""


def judge_detection(stack: str, status: Mapping[str, Any] | None) -> StackDrift:
    """Return the drift of a stack.

    Args:
        stack: the stack's name.
        status: the response of DescribeStackDriftDetectionStatus; None if the detection has not ended in time.
    """
    if status is None or status["DetectionStatus"] == "DETECTION_IN_PROGRESS":
        return StackDrift(stack=stack, verdict="unknown", reason="the detection has not ended in time")
    found = status.get("StackDriftStatus", "NOT_CHECKED")
    if found == "DRIFTED":
        return StackDrift(stack=stack, verdict="drifted")
    if status["DetectionStatus"] == "DETECTION_FAILED":
        # The message has ARNs.
        return StackDrift(stack=stack, verdict="unknown", reason="the detection failed for a resource")
    if found == "IN_SYNC":
        return StackDrift(stack=stack, verdict="in sync")
    return StackDrift(stack=stack, verdict="unknown", reason=f"its status is {found}")


def judge_resources(stack: str, drifts: Sequence[Mapping[str, Any]]) -> StackDrift:
    """Return what has drifted in a stack: logical IDs and property paths, without values.

    Args:
        stack: the stack's name.
        drifts: resources that are modified or deleted, as DescribeStackResourceDrifts returns them.
    """
    parts = []
    for one in drifts:
        paths = [difference["PropertyPath"] for difference in one.get("PropertyDifferences", ())]
        change = f" {', '.join(paths[:_MAX_NAMED])}" if paths else ""
        parts.append(f"{one['LogicalResourceId']} {one['StackResourceDriftStatus'].lower()}{change}")
    return StackDrift(stack=stack, verdict="drifted", reason="; ".join(parts[:_MAX_NAMED]))


def judge(drifts: Sequence[StackDrift]) -> tuple[Outcome, str]:
    """Return whether every stack is in sync."""
    drifted = [f"{one.stack}: {one.reason}" for one in drifts if one.verdict == "drifted"]
    unknown = [f"{one.stack}: {one.reason}" for one in drifts if one.verdict == "unknown"]
    if drifted:
        return Outcome.FAILED, "; ".join(drifted)
    if unknown:
        return Outcome.NOT_RUN, "; ".join(unknown)
    return (Outcome.PASSED, "") if drifts else (Outcome.NOT_RUN, "the run has no stack")


def run(context: DrillContext) -> DrillOutcome:
    """Detect the drift of all stacks at the same time, and wait for each detection."""
    account = account_of(context)
    detections = {name: _detect(account, name, stack_id) for name, stack_id in context.stacks.items()}
    drifts = [
        found if isinstance(found, StackDrift) else _drift(context, account, name, found)
        for name, found in detections.items()
    ]
    outcome, reason = judge(drifts)
    return DrillOutcome(outcome=outcome, reason=reason)


def _detect(account: Account, name: str, stack_id: str) -> str | StackDrift:
    """Start a detection and return its ID, or the drift if AWS rejects it."""
    try:
        return str(account.client("cloudformation").detect_stack_drift(StackName=stack_id)["StackDriftDetectionId"])
    except AWS_ERRORS as error:
        return _not_told(name, error, "cloudformation:DetectStackDrift")


def _drift(context: DrillContext, account: Account, name: str, detection: str) -> StackDrift:
    def ended() -> Mapping[str, Any] | None:
        status: Mapping[str, Any] = account.client("cloudformation").describe_stack_drift_detection_status(
            StackDriftDetectionId=detection
        )
        return None if status["DetectionStatus"] == "DETECTION_IN_PROGRESS" else status

    try:
        status = poll(context, ended, f"the drift of {name}", every_s=_POLL_S, limit_s=_LIMIT_S)
        found = judge_detection(name, status)
        return judge_resources(name, _resources(account, context.stacks[name])) if found.verdict == "drifted" else found
    except AWS_ERRORS as error:
        return _not_told(name, error, "cloudformation:DescribeStackResourceDrifts")


def _resources(account: Account, stack_id: str) -> list[Mapping[str, Any]]:
    arguments: dict[str, Any] = {
        "StackName": stack_id,
        "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"],
    }
    found: list[Mapping[str, Any]] = []
    while True:
        page = account.client("cloudformation").describe_stack_resource_drifts(**arguments)
        found += page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return found
        arguments["NextToken"] = page["NextToken"]


def _not_told(name: str, error: Exception, permission: str) -> StackDrift:
    _, reason = judge_error(error, permission)
    return StackDrift(stack=name, verdict="unknown", reason=reason or "CloudFormation does not know the stack")
