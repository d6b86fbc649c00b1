"""D4, D5 and D6: a version that exits, as an update and as the first version, and a version that responds with 503."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deployment.preflight.account import AWS_ERRORS, Account
from deployment.prober import Tally
from deployment.results import Outcome
from sandbox.drill import DeployResult, DrillContext, DrillOutcome
from sandbox.drills import probing, service_deployments
from sandbox.drills.platform_facts import ecs_service
from sandbox.drills.probing import probed, settled_tally
from sandbox.drills.service_deployments import Rollback, rollback_since
from sandbox.drills.settlement import Observers, observed
from sandbox.drills.target import MINUTE_S, account_of, resources
from sandbox.drills.versions import first_version_afterwards
from sandbox.resource_kinds import cluster_of

PERMISSIONS = (
    *probing.PERMISSIONS,
    *service_deployments.PERMISSIONS,
    "apprunner:ListOperations",
    "cloudwatch:DescribeAlarmHistory",
    "ecs:DescribeExpressGatewayService",
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeServices",
)
# The sample exits with an unknown log level; without its table it responds with 503, and stays alive.
EXITS = 'service={"environment":{"LOG_LEVEL":"LOUD"}}'
UNAVAILABLE = 'service={"environment":{"AWS_ENDPOINT_URL_DYNAMODB":"http://127.0.0.1:9"}}'
REQUESTS_PER_S = 10.0
_HOUR_S = 60 * MINUTE_S
ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"
TIMEOUTS_S: Mapping[str, float] = {
    "app-runner": 2 * _HOUR_S,
    "beanstalk": 2 * _HOUR_S,
    "ec2-podman": _HOUR_S,
    "ecs-express": 3 * _HOUR_S,
    "ecs-fargate": 3 * _HOUR_S,
    "ecs-managed-instances": 3 * _HOUR_S,
    "eks-auto": _HOUR_S,
    "eks-fargate": _HOUR_S,
}
"""Target -> the time after which CloudFormation, or the function that calls Helm, gives up by itself."""
NOT_ROLLED_BACK: Mapping[str, str] = {
    "lambda": "Lambda has no health check: without `canary_interval`, nothing rolls a version back",
}
"""Target -> why a version that exits is deployed there."""
# "Within minutes", as docs/reliability.md says of a rollback.
_MINUTES_S = 30 * MINUTE_S


@dataclass(frozen=True, kw_only=True)
class UpdateFacts:
    """The facts of D4.

    Attributes:
        result: result of the deployment.
        tally: requests meanwhile.
        rollback: the rollback that ECS tells. Default: None, none.
        is_rolled_back: whether the old version runs.
    """

    result: DeployResult
    tally: Tally
    is_rolled_back: bool
    rollback: Rollback | None = None

    @property
    def is_deployed(self) -> bool:
        """Whether the bad version runs."""
        return self.result.is_complete and not self.is_rolled_back


def _update_ends(facts: UpdateFacts, within_s: float) -> bool | None:
    """Whether the old version served meanwhile, and the deployment ended in time."""
    if facts.is_deployed or facts.tally.lost:
        return False
    if not facts.is_rolled_back or not facts.tally.requests:
        return None
    return facts.result.seconds <= within_s


def _circuit_breaker(facts: UpdateFacts) -> bool | None:
    if facts.is_deployed:
        return False
    return True if facts.is_rolled_back and facts.rollback and facts.rollback.cause == "circuit breaker" else None


UPDATE_OBSERVERS: Observers[UpdateFacts] = {
    "ecs-rolls-back": _circuit_breaker,
    "podman-rolls-back": lambda facts: _update_ends(facts, _MINUTES_S),
    "app-runner-failure-ends": lambda facts: _update_ends(facts, _MINUTES_S),
    "beanstalk-failure-ends": lambda facts: _update_ends(facts, _HOUR_S),
}
"""Statement -> whether the facts of D4 show that it is true."""


def judge_update(facts: UpdateFacts) -> tuple[Outcome, str]:
    """Return whether a bad update was rolled back without a lost request."""
    if facts.is_deployed:
        return Outcome.FAILED, "the version that exits was deployed"
    if not facts.is_rolled_back:
        return Outcome.FAILED, f"not rolled back: the stack is {facts.result.status or 'absent'}"
    if not facts.tally.requests:
        return Outcome.FAILED, "no request was sent"
    if facts.tally.lost:
        first = facts.tally.losses[0]
        return Outcome.FAILED, (
            f"{facts.tally.lost} of {facts.tally.requests} requests were lost, "
            f"{first.first_s:.0f} to {first.last_s:.0f} s after the start"
        )
    return Outcome.PASSED, ""


def run_update(context: DrillContext) -> DrillOutcome:
    """D4: update to a version that exits, under constant requests."""
    if reason := NOT_ROLLED_BACK.get(context.target):
        return DrillOutcome(outcome=Outcome.NOT_RUN, reason=reason)
    account = account_of(context)
    began = datetime.now(UTC)
    result = DeployResult(status="", seconds=0)
    with probed(context) as prober, first_version_afterwards(context, unless=lambda: result.status == ROLLED_BACK):
        since_s = prober.seconds
        result = _deploy(context, EXITS, "updates to a version that exits")
        tally = settled_tally(context, prober, since_s)
    facts = UpdateFacts(
        result=result,
        tally=tally,
        is_rolled_back=result.status == ROLLED_BACK or _is_rolled_back_by_app_runner(context, account, began),
        rollback=_rollback(context, account, began),
    )
    outcome, reason = judge_update(facts)
    return observed("D4", context.target, outcome, reason, UPDATE_OBSERVERS, facts)


def _deploy(context: DrillContext, version: str, what: str) -> DeployResult:
    context.report(what)
    return context.redeploy(version)


def _rollback(context: DrillContext, account: Account, since: datetime) -> Rollback | None:
    """Return the rollback that ECS tells; None for another platform, or if it does not tell."""
    try:
        service = ecs_service(context, account)
        return rollback_since(account, service, since) if service else None
    except AWS_ERRORS:
        return None


def _is_rolled_back_by_app_runner(context: DrillContext, account: Account, since: datetime) -> bool:
    """Whether App Runner has rolled back; CloudFormation reports success all the same."""
    try:
        return any(
            judge_operations(
                account.client("apprunner").list_operations(ServiceArn=service.id)["OperationSummaryList"], since
            )
            for service in resources(context, account, "AWS::AppRunner::Service")
        )
    except AWS_ERRORS:
        return False


def judge_operations(operations: Sequence[Mapping[str, Any]], since: datetime) -> bool:
    """Whether the newest operation of an App Runner service since a time was rolled back."""
    recent = [one for one in operations if one["StartedAt"] >= since]
    newest = max(recent, key=lambda one: one["StartedAt"], default={"Status": ""})
    return bool(newest["Status"] == "ROLLBACK_SUCCEEDED")


@dataclass(frozen=True, kw_only=True)
class FirstFacts:
    """The facts of D5.

    Attributes:
        result: result of the deployment.
        timeout_s: when CloudFormation gives up by itself.
    """

    result: DeployResult
    timeout_s: float

    def ends_within(self, seconds: float) -> bool:
        """Whether the deployment failed within a time."""
        return not self.result.is_complete and self.result.seconds < seconds


FIRST_OBSERVERS: Observers[FirstFacts] = {
    "express-first-deployment-ends": lambda facts: facts.ends_within(facts.timeout_s),
    "app-runner-failure-ends": lambda facts: facts.ends_within(_MINUTES_S),
    "beanstalk-failure-ends": lambda facts: facts.ends_within(facts.timeout_s),
}
"""Statement -> whether the facts of D5 show that it is true."""


def judge_first(facts: FirstFacts) -> tuple[Outcome, str]:
    """Return whether a bad first version failed before the timeout."""
    if facts.result.is_complete:
        return Outcome.FAILED, "the version that exits was deployed"
    if not facts.ends_within(facts.timeout_s):
        return Outcome.FAILED, f"it took {facts.result.seconds / MINUTE_S:.0f} minutes, until the timeout"
    return Outcome.PASSED, ""


def run_first(context: DrillContext) -> DrillOutcome:
    """D5: delete the target's stack, and deploy a first version that exits."""
    if reason := NOT_ROLLED_BACK.get(context.target):
        return DrillOutcome(outcome=Outcome.NOT_RUN, reason=reason)
    context.report("deletes the service")
    context.delete_target()
    with first_version_afterwards(context):
        result = _deploy(context, EXITS, "deploys a first version that exits")
    facts = FirstFacts(result=result, timeout_s=TIMEOUTS_S[context.target])
    outcome, reason = judge_first(facts)
    return observed("D5", context.target, outcome, reason, FIRST_OBSERVERS, facts)


@dataclass(frozen=True, kw_only=True)
class AlarmFacts:
    """The facts of D6.

    Attributes:
        result: result of the deployment.
        has_gone_off: whether the history of an alarm has the state ALARM since the deployment began; None if CloudWatch
            does not tell.
        rollback: the rollback that ECS tells. Default: None, none.
        target_groups: number of target groups of an Express service. Default: None, it is none.
    """

    result: DeployResult
    has_gone_off: bool | None
    rollback: Rollback | None = None
    target_groups: int | None = None


def _alarm_rolls_back(facts: AlarmFacts) -> bool | None:
    if facts.result.is_complete and facts.has_gone_off:
        return False
    return True if facts.rollback and facts.rollback.cause == "alarm" else None


ALARM_OBSERVERS: Observers[AlarmFacts] = {
    "ecs-rolls-back": _alarm_rolls_back,
    "express-two-target-groups": lambda facts: None if facts.target_groups is None else facts.target_groups == 2,
}
"""Statement -> whether the facts of D6 show that it is true."""


def judge_alarm(facts: AlarmFacts) -> tuple[Outcome, str]:
    """Return whether the alarm went off, and the rollback names it."""
    if facts.result.is_complete:
        return Outcome.FAILED, "the version that responds with 503 was deployed"
    if facts.has_gone_off is None:
        return Outcome.NOT_RUN, "CloudWatch does not tell the history of the alarm"
    if not facts.has_gone_off:
        return Outcome.FAILED, "the alarm did not go off"
    if facts.rollback is None:
        return Outcome.FAILED, "ECS tells no rollback"
    if facts.rollback.cause != "alarm" or not facts.rollback.alarms:
        return Outcome.FAILED, f"the rollback does not name the alarm: {facts.rollback.cause or 'another cause'}"
    return Outcome.PASSED, ""


def run_alarm(context: DrillContext) -> DrillOutcome:
    """D6: update to a version that responds with 503, under 10 requests/s."""
    account = account_of(context)
    service = ecs_service(context, account)
    alarms = rollback_alarms(context, account, service) if service else []
    if not alarms:
        reason = "no alarm rolls back a deployment of this target"
        return DrillOutcome(outcome=Outcome.NOT_RUN, reason=reason)
    began = datetime.now(UTC)
    result = DeployResult(status="", seconds=0)
    with (
        probed(context, rate=REQUESTS_PER_S, only_orders=True),
        first_version_afterwards(context, unless=lambda: result.status == ROLLED_BACK),
    ):
        result = _deploy(context, UNAVAILABLE, "updates to a version that responds with 503")
    facts = AlarmFacts(
        result=result,
        has_gone_off=_has_gone_off(account, alarms, began),
        rollback=_rollback(context, account, began),
        target_groups=_target_groups(context, account, service),
    )
    outcome, reason = judge_alarm(facts)
    return observed("D6", context.target, outcome, reason, ALARM_OBSERVERS, facts)


def rollback_alarms(context: DrillContext, account: Account, service: str) -> list[str]:
    """Return the names of the alarms that roll back a deployment of an ECS service."""
    if context.target == "ecs-express":
        return [
            alarm["arn"].partition(":alarm:")[2]
            for revision in _revisions(account, service)
            for alarm in revision.get("ecsManagedResources", {}).get("metricAlarms", ())
        ]
    response = account.client("ecs").describe_services(cluster=cluster_of(service), services=[service])
    return judge_alarms(response["services"])


def judge_alarms(services: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the alarms that are enabled with a rollback."""
    found = [one.get("deploymentConfiguration", {}).get("alarms", {}) for one in services]
    return [name for one in found if one.get("enable") and one.get("rollback") for name in one["alarmNames"]]


def _has_gone_off(account: Account, alarms: Sequence[str], since: datetime) -> bool | None:
    try:
        return any(judge_history(_history(account, alarm, since)) for alarm in alarms)
    except AWS_ERRORS:
        return None


def _history(account: Account, alarm: str, since: datetime) -> list[Mapping[str, Any]]:
    items = account.pages(
        "cloudwatch",
        "describe_alarm_history",
        "AlarmHistoryItems",
        AlarmName=alarm,
        HistoryItemType="StateUpdate",
        StartDate=since,
    )
    return list(items)


def judge_history(items: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an alarm has changed to ALARM."""
    return any(str(one.get("HistorySummary", "")).endswith("to ALARM") for one in items)


def _target_groups(context: DrillContext, account: Account, service: str) -> int | None:
    if context.target != "ecs-express":
        return None
    try:
        return judge_target_groups(_revisions(account, service))
    except AWS_ERRORS:
        return None


def judge_target_groups(revisions: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the number of target groups of an Express service; None if ECS does not tell."""
    counts = [
        len(path.get("targetGroups", ()))
        for revision in revisions
        for path in revision.get("ecsManagedResources", {}).get("ingressPaths", ())
    ]
    return max(counts, default=None)


def _revisions(account: Account, service: str) -> list[Mapping[str, Any]]:
    found = account.client("ecs").describe_express_gateway_service(serviceArn=service)["service"]
    arns = [one["serviceRevisionArn"] for one in found.get("activeConfigurations", ())]
    if not arns:
        return []
    response = account.client("ecs").describe_service_revisions(serviceRevisionArns=arns)
    return list(response["serviceRevisions"])
