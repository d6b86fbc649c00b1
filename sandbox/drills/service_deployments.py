"""The deployments of an ECS service: which there are, and how the newest one has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deployment.preflight.account import Account
from sandbox.resource_kinds import cluster_of

PERMISSIONS = ("ecs:DescribeServiceDeployments", "ecs:ListServiceDeployments")
_MAX_DESCRIBED = 20


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """A deployment that ECS has rolled back.

    Attributes:
        cause: "alarm", "circuit breaker", or "" for another cause.
        alarms: names of the alarms that caused it.
        seconds: from its start to the end of the rollback; None if it has not ended.
    """

    cause: str
    alarms: Sequence[str] = ()
    seconds: float | None = None


def deployments_of(account: Account, service: str, since: datetime | None = None) -> list[str]:
    """Return the ARNs of a service's deployments, the newest first.

    Args:
        account: the account.
        service: ARN of the service.
        since: when they were created, at the earliest. Default: any time.
    """
    arguments: dict[str, Any] = {"cluster": cluster_of(service), "service": service}
    if since:
        arguments["createdAt"] = {"after": since}
    found: list[str] = []
    while True:
        page = account.client("ecs").list_service_deployments(**arguments)
        found += [one["serviceDeploymentArn"] for one in page["serviceDeployments"]]
        if not page.get("nextToken"):
            return found
        arguments["nextToken"] = page["nextToken"]


def rollback_since(account: Account, service: str, since: datetime) -> Rollback | None:
    """Return the rollback of a deployment that started after a time; None if there is none."""
    arns = deployments_of(account, service, since)[:_MAX_DESCRIBED]
    if not arns:
        return None
    response = account.client("ecs").describe_service_deployments(serviceDeploymentArns=arns)
    return judge_deployments(response["serviceDeployments"])


def judge_deployments(deployments: Sequence[Mapping[str, Any]]) -> Rollback | None:
    """Return the rollback among deployments, the one that names an alarm first; None if none was rolled back."""
    found = [_rollback(one) for one in deployments if one["status"] == "ROLLBACK_SUCCESSFUL"]
    return next(iter(sorted(found, key=lambda one: one.cause != "alarm")), None)


def _rollback(deployment: Mapping[str, Any]) -> Rollback:
    alarms = deployment.get("alarms", {})
    triggered = tuple(alarms.get("triggeredAlarmNames", ()))
    breaker = deployment.get("deploymentCircuitBreaker", {}).get("status")
    cause = "alarm" if triggered or alarms.get("status") == "TRIGGERED" else ""
    cause = cause or ("circuit breaker" if breaker == "TRIGGERED" else "")
    started, finished = deployment.get("startedAt"), deployment.get("finishedAt")
    seconds = (finished - started).total_seconds() if started and finished else None
    return Rollback(cause=cause, alarms=triggered, seconds=seconds)
