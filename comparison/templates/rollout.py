"""How a new version takes over, and what makes it go back by itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .inside import manifests, option
from .template import Template

_CAPITALS = re.compile(r"[A-Z]")
_IMAGE = "AWS::Lambda::Alias"
ALARM = "the alarm on failing answers"
NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """One way to deploy, as the template orders it."""

    how: str
    goes_back: str


def rollout(template: Template) -> Rollout | None:
    """Return how a version takes over; None where the template leaves it to the platform."""
    return next((found for rule in _RULES if (found := rule(template))), None)


def _tasks(template: Template) -> Rollout | None:
    for service in template.of("AWS::ECS::Service"):
        found = service.get("DeploymentConfiguration", {})
        strategy = found.get("Strategy", "ROLLING").lower().replace("_", "/")
        how = f"{strategy}, {found.get('MinimumHealthyPercent')} to {found.get('MaximumPercent')} % of the tasks"
        reasons = []
        if found.get("DeploymentCircuitBreaker", {}).get("Rollback"):
            reasons.append("new tasks that do not stay up")
        if found.get("Alarms", {}).get("Rollback"):
            reasons.append(ALARM)
        return Rollout(how=how, goes_back=" or ".join(reasons) or NOTHING)
    return None


def _alias(template: Template) -> Rollout | None:
    if not template.of(_IMAGE):
        return None
    if template.of("AWS::CodeDeploy::DeploymentGroup"):
        return Rollout(how="a tenth of the requests first, then all", goes_back=ALARM)
    return Rollout(how="an alias moves to the new version, all requests at once", goes_back=NOTHING)


def _pods(template: Template) -> Rollout | None:
    for found in manifests(template, "Deployment"):
        rolling = found["spec"]["strategy"]["rollingUpdate"]
        how = f"rolling, up to {rolling['maxSurge']} more pods, {rolling['maxUnavailable']} fewer"
        return Rollout(how=how, goes_back="pods that do not get ready (an atomic Helm release)")
    return None


def _environment(template: Template) -> Rollout | None:
    policy = option(template, "aws:elasticbeanstalk:command", "DeploymentPolicy")
    words = _CAPITALS.sub(r" \g<0>", policy).strip().lower()
    size = option(template, "aws:elasticbeanstalk:command", "BatchSize")
    goes_back = "instances that do not get healthy: CloudFormation deploys the version before"
    return Rollout(how=f"{words}, {size} % of the instances at a time", goes_back=goes_back) if policy else None


def _group(template: Template) -> Rollout | None:
    for group in template.of("AWS::AutoScaling::AutoScalingGroup"):
        rolling = group.get("UpdatePolicy", {}).get("AutoScalingRollingUpdate")
        if rolling:
            batch, stay = rolling["MaxBatchSize"], rolling["MinInstancesInService"]
            how = f"new machines {batch} at a time, {stay} stay in service"
            return Rollout(how=how, goes_back="a machine that does not say in time that it answers")
    return None


_RULES: tuple[Callable[[Template], Rollout | None], ...] = (_tasks, _alias, _pods, _environment, _group)
