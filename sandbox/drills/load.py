"""D8: bounded load on a version with a low scaling target, until a scaling activity is successful."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from deployment.assembly import Assembly
from deployment.deployed_app import DeployedApp
from deployment.errors import ActionableError
from deployment.preflight.account import Account
from deployment.prober import LIVENESS_PATH, aims_for
from deployment.results import Outcome
from sandbox.drill import DrillContext, DrillOutcome
from sandbox.drills.bounded_load import MAX_RATE, MAX_SECONDS, TIMEOUT_S, BoundedLoad
from sandbox.drills.platform_facts import ecs_service, registered_targets
from sandbox.drills.settlement import Observers, observed
from sandbox.drills.target import MINUTE_S, account_of, poll, resources
from sandbox.drills.versions import first_version_afterwards
from sandbox.resource_kinds import cluster_of

PERMISSIONS = (
    "application-autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeScalingActivities",
    "elasticbeanstalk:DescribeEnvironmentResources",
    "elasticloadbalancing:DescribeTargetHealth",
    "secretsmanager:GetSecretValue",
)
RATE, SECONDS = 30.0, MAX_SECONDS
# A low target makes 30 requests/s enough.
SCALES_EARLY = 'service={"target_cpu_percent":10}'
_POLL_S, _AFTER_S = 30.0, 10 * MINUTE_S
NOT_SCALED: Mapping[str, str] = {
    "app-runner": "App Runner tells no scaling activity",
    "lambda": "Lambda scales with each request, without a scaling activity",
}
"""Target -> why there is no scaling activity to see."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of D8.

    Attributes:
        sent: number of requests.
        has_scaled: whether a scaling activity was successful, or another replica was registered.
    """

    sent: int
    has_scaled: bool


OBSERVERS: Observers[Facts] = {
    # Without measured pods, the HorizontalPodAutoscaler adds none. That it adds none may have other causes.
    "metrics-server-measures-fargate": lambda facts: True if facts.has_scaled else None,
}
"""Statement -> whether the facts show that it is true."""


def judge(facts: Facts) -> tuple[Outcome, str]:
    """Return whether the target has scaled out."""
    if not facts.sent:
        return Outcome.FAILED, "no request was sent"
    if not facts.has_scaled:
        return Outcome.FAILED, f"no successful scaling activity after {facts.sent} requests"
    return Outcome.PASSED, ""


def run(context: DrillContext) -> DrillOutcome:
    """Deploy a version that scales early, send load, and look for a scaling activity."""
    if reason := NOT_SCALED.get(context.target):
        return DrillOutcome(outcome=Outcome.NOT_RUN, reason=reason)
    account = account_of(context)
    context.report("deploys a version that scales out early")
    with first_version_afterwards(context):
        if not context.redeploy(SCALES_EARLY).is_complete:
            raise ActionableError("the version that scales early was not deployed", "", "read the events of the stack")
        load = load_on(context)
        has_scaled = watcher(context, account)
        with _sending(load, context) as sent:
            scaled = poll(
                context,
                lambda: has_scaled() or None,
                f"a scaling activity under {load.rate:g} requests/s",
                every_s=_POLL_S,
                limit_s=load.seconds + _AFTER_S,
            )
    facts = Facts(sent=sent(), has_scaled=bool(scaled))
    outcome, reason = judge(facts)
    return observed("D8", context.target, outcome, reason, OBSERVERS, facts)


def load_on(context: DrillContext) -> BoundedLoad:
    """Return the load on the target's own URL: requests that read an order from the table.

    Raises:
        ActionableError: the target is not ready, or its URL is none of the run's stacks.
    """
    app = DeployedApp.read(context.environment)
    urls = own_urls(app.assembly, {name: app.stacks[name].outputs for name in context.stacks if name in app.stacks})
    # An emulator has one URL for all services; AWS has that of the output.
    own = [context.environment.request_target(one)[0] for one in urls]
    aim = aims_for(app, [context.target])[context.target]
    url = f"{aim.base_url}{next(path for path in aim.paths if path != LIVENESS_PATH)}"
    return BoundedLoad(url=url, own_urls=own, rate=RATE, seconds=SECONDS, headers=aim.headers)


def own_urls(assembly: Assembly, outputs: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the URLs that the outputs of the run's stacks have for the targets of the app.

    Args:
        assembly: the app.
        outputs: name of a stack of the run -> its outputs.
    """
    return [
        outputs[target.stack][target.url_output]
        for target in assembly.targets.values()
        if target.url_output in outputs.get(target.stack, {})
    ]


@contextmanager
def _sending(load: BoundedLoad, context: DrillContext) -> Iterator[Callable[[], int]]:
    """Send the load in a thread until the block ends; yields a function that then returns the number of requests."""
    stopped = threading.Event()
    sent: list[int] = []

    async def send() -> None:
        limits = httpx.Limits(max_connections=int(MAX_RATE))
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, limits=limits) as client:

            async def request(url: str) -> None:
                await client.get(url, headers=dict(load.headers))

            sent.append(await load.send(request, now=time.monotonic, is_enough=stopped.is_set))

    thread = threading.Thread(target=lambda: asyncio.run(send()), name="load", daemon=True)
    context.report(f"sends {load.rate:g} requests/s for at most {load.seconds / MINUTE_S:g} minutes")
    thread.start()

    try:
        yield lambda: sum(sent)
    finally:
        stopped.set()
        thread.join()


def watcher(context: DrillContext, account: Account) -> Callable[[], bool]:
    """Return a function that tells whether the target has scaled out since now."""
    since = datetime.now(UTC)
    if context.target.startswith("ecs-"):
        service = ecs_service(context, account)
        resource = f"service/{cluster_of(service)}/{service.rpartition('/')[2]}"
        return lambda: judge_activities(_of_service(account, resource), since)
    if context.target.startswith("eks-"):
        before = len(registered_targets(context, account))
        return lambda: judge_registered_more(registered_targets(context, account), before)
    groups = _groups(context, account)
    return lambda: any(judge_activities(_of_group(account, group), since) for group in groups)


def _of_service(account: Account, resource: str) -> list[Mapping[str, Any]]:
    activities = account.pages(
        "application-autoscaling",
        "describe_scaling_activities",
        "ScalingActivities",
        ServiceNamespace="ecs",
        ResourceId=resource,
    )
    return list(activities)


def _of_group(account: Account, group: str) -> list[Mapping[str, Any]]:
    return list(account.pages("autoscaling", "describe_scaling_activities", "Activities", AutoScalingGroupName=group))


def judge_activities(activities: Sequence[Mapping[str, Any]], since: datetime) -> bool:
    """Whether a scaling activity that began after a time was successful, and an alarm or a policy caused it.

    Args:
        activities: activities of a service or of an Auto Scaling group.
        since: when the load began. Replacing an instance is an activity, too, but not one of scaling.
    """
    return any(
        one["StatusCode"] == "Successful"
        and one["StartTime"] >= since
        and ("alarm" in str(one.get("Cause", "")).lower() or "polic" in str(one.get("Cause", "")).lower())
        for one in activities
    )


def judge_registered_more(targets: Sequence[Mapping[str, Any]], before: int) -> bool:
    """Whether more replicas are healthy in the load balancer than were registered before."""
    return len([one for one in targets if one["TargetHealth"]["State"] == "healthy"]) > before


def _groups(context: DrillContext, account: Account) -> list[str]:
    groups = [one.id for one in resources(context, account, "AWS::AutoScaling::AutoScalingGroup")]
    for environment in resources(context, account, "AWS::ElasticBeanstalk::Environment"):
        found = account.client("elasticbeanstalk").describe_environment_resources(EnvironmentName=environment.id)
        groups += [one["Name"] for one in found["EnvironmentResources"].get("AutoScalingGroups", ())]
    return groups
