"""D2: the same version again changes nothing: no event of a stack, and no deployment of the service."""

from __future__ import annotations

from dataclasses import dataclass

from deployment.preflight.account import Account
from deployment.results import Outcome
from sandbox.drill import DeployResult, DrillContext, DrillOutcome
from sandbox.drills.platform_facts import ecs_service
from sandbox.drills.service_deployments import deployments_of
from sandbox.drills.target import account_of

PERMISSIONS = ("cloudformation:DescribeStackEvents", "ecs:ListServiceDeployments")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The newest events and deployments at one time.

    Attributes:
        events: name of a stack -> ID of its newest event.
        deployments: ARNs of the deployments of the ECS service; None if it is none of ECS.
    """

    events: dict[str, str]
    deployments: frozenset[str] | None


def judge(result: DeployResult, before: Snapshot, after: Snapshot) -> tuple[Outcome, str]:
    """Return whether a deployment has changed nothing.

    Args:
        result: its result.
        before: newest events and deployments before it.
        after: the same afterwards.
    """
    if not result.is_complete:
        return Outcome.FAILED, f"the deployment ended with {result.status or 'no stack'}"
    changed = sorted(name for name, event in after.events.items() if before.events.get(name) != event)
    if changed or not result.is_no_op:
        return Outcome.FAILED, f"new events of {', '.join(changed) or 'a stack'}"
    if before.deployments != after.deployments:
        return Outcome.FAILED, "ECS has deployed the service again"
    return Outcome.PASSED, ""


def run(context: DrillContext) -> DrillOutcome:
    """Deploy the first version again, and compare events and deployments."""
    account = account_of(context)
    service = ecs_service(context, account)
    before = _snapshot(context, account, service)
    context.report("deploys the same version again")
    result = context.redeploy()
    outcome, reason = judge(result, before, _snapshot(context, account, service))
    return DrillOutcome(outcome=outcome, reason=reason)


def _snapshot(context: DrillContext, account: Account, service: str) -> Snapshot:
    events = {
        name: next(
            (
                str(event["EventId"])
                for event in account.pages("cloudformation", "describe_stack_events", "StackEvents", StackName=stack_id)
            ),
            "",
        )
        for name, stack_id in context.stacks.items()
    }
    return Snapshot(events=events, deployments=frozenset(deployments_of(account, service)) if service else None)
