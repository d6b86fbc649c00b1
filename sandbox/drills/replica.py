"""D7: stop one replica, and wait until it is replaced."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deployment.deployed_app import DeployedApp
from deployment.preflight.account import Account
from deployment.results import Outcome
from sandbox.drill import DrillContext, DrillOutcome
from sandbox.drills import kubectl, task_metric
from sandbox.drills.platform_facts import ecs_service, registered_targets, task_arns
from sandbox.drills.settlement import Observers, observed
from sandbox.drills.target import MINUTE_S, account_of, poll, resources
from sandbox.resource_kinds import cluster_of

PERMISSIONS = (
    *kubectl.PERMISSIONS,
    *task_metric.PERMISSIONS,
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
    "ec2:TerminateInstances",
    "ecs:DescribeTasks",
    "ecs:ListTasks",
    "ecs:StopTask",
    "elasticbeanstalk:DescribeEnvironmentResources",
    "elasticloadbalancing:DescribeTargetHealth",
)
_LIMIT_S, _POLL_S = 20 * MINUTE_S, 10.0
_REASON = "sandbox drill D7"
NO_REPLICA: Mapping[str, str] = {
    "app-runner": "App Runner has no operation that stops one instance",
    "lambda": "Lambda has no replica that can be stopped",
}
"""Target -> why there is no replica to stop."""


@dataclass(frozen=True, kw_only=True)
class Replicas:
    """The replicas of a target, and how to stop one.

    Attributes:
        noun: what a replica is.
        running: returns the IDs of the replicas that serve now.
        stop: stops the replica with an ID.
    """

    noun: str
    running: Callable[[], Collection[str]]
    stop: Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of D7.

    Attributes:
        counts_stopped_tasks: whether EventBridge counts stopped tasks of the workflow; None if that is not known.
    """

    counts_stopped_tasks: bool | None


OBSERVERS: Observers[Facts] = {"workflow-task-metric": lambda facts: facts.counts_stopped_tasks}
"""Statement -> whether the facts show that it is true."""


def judge(before: Collection[str], stopped: str, after: Collection[str]) -> bool:
    """Whether a stopped replica was replaced: it is gone, and as many serve as before.

    Args:
        before: IDs of the replicas before.
        stopped: ID of the one that was stopped.
        after: IDs of those that serve now.
    """
    return stopped not in after and len(after) >= len(before)


def run(context: DrillContext) -> DrillOutcome:
    """Stop one replica; then stop tasks of the workflow, which are replicas of nothing but are counted."""
    account = account_of(context)
    outcome, reason = _replace(context, account)
    if outcome is Outcome.NOT_RUN:
        return DrillOutcome(outcome=outcome, reason=reason)
    facts = Facts(counts_stopped_tasks=task_metric.counts_stopped_tasks(context, account))
    return observed("D7", context.target, outcome, reason, OBSERVERS, facts)


def _replace(context: DrillContext, account: Account) -> tuple[Outcome, str]:
    if reason := NO_REPLICA.get(context.target):
        return Outcome.NOT_RUN, reason
    replicas = replicas_of(context, account)
    before = list(replicas.running())
    if not before:
        return Outcome.FAILED, f"no {replicas.noun} runs"
    context.report(f"stops one {replicas.noun} of {len(before)}")
    replicas.stop(before[0])
    replaced = poll(
        context,
        lambda: judge(before, before[0], replicas.running()) or None,
        f"another {replicas.noun}",
        every_s=_POLL_S,
        limit_s=_LIMIT_S,
    )
    if replaced:
        return Outcome.PASSED, ""
    return Outcome.FAILED, f"no other {replicas.noun} runs after {_LIMIT_S / MINUTE_S:.0f} minutes"


def replicas_of(context: DrillContext, account: Account) -> Replicas:
    """Return the replicas of a target that has some."""
    if context.target.startswith("ecs-"):
        service = ecs_service(context, account)
        return Replicas(
            noun="task",
            running=lambda: _running_tasks(account, service),
            stop=lambda task: _stop_task(account, service, task),
        )
    if context.target.startswith("eks-"):
        return Replicas(
            noun="pod",
            running=lambda: _pods(context, account),
            stop=lambda pod: kubectl.delete_pod(context, account, pod, _namespace(context)),
        )
    if context.target == "beanstalk":
        return Replicas(
            noun="instance",
            running=lambda: _beanstalk_instances(context, account),
            stop=lambda instance: _terminate(account, instance),
        )
    return Replicas(
        noun="instance",
        running=lambda: _group_instances(context, account),
        stop=lambda instance: _terminate_in_group(account, instance),
    )


def _running_tasks(account: Account, service: str) -> list[str]:
    arns = task_arns(account, service)
    if not arns:
        return []
    return judge_tasks(account.client("ecs").describe_tasks(cluster=cluster_of(service), tasks=arns)["tasks"])


def judge_tasks(tasks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ARNs of tasks that run and are not stopping."""
    return [one["taskArn"] for one in tasks if one.get("lastStatus") == one.get("desiredStatus") == "RUNNING"]


def _stop_task(account: Account, service: str, task: str) -> None:
    account.client("ecs").stop_task(cluster=cluster_of(service), task=task, reason=_REASON)


def _namespace(context: DrillContext) -> str:
    app = DeployedApp.read(context.environment)
    return app.stacks[context.stack].outputs["Namespace"]


def _pods(context: DrillContext, account: Account) -> list[str]:
    """Return the pods, without those that the load balancer does not know as healthy yet."""
    names = kubectl.names(context, account, "pods", namespace=_namespace(context)).split()
    healthy = judge_healthy(registered_targets(context, account))
    return names if len(names) <= healthy else names[:healthy]


def judge_healthy(targets: Sequence[Mapping[str, Any]]) -> int:
    """Return the number of healthy targets."""
    return sum(one["TargetHealth"]["State"] == "healthy" for one in targets)


def _group_instances(context: DrillContext, account: Account) -> list[str]:
    names = [one.id for one in resources(context, account, "AWS::AutoScaling::AutoScalingGroup")]
    groups = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)
    healthy = {
        one["Target"]["Id"] for one in registered_targets(context, account) if one["TargetHealth"]["State"] == "healthy"
    }
    return [name for name in judge_instances(groups["AutoScalingGroups"]) if name in healthy]


def judge_instances(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the IDs of the instances of Auto Scaling groups that are in service."""
    return [
        one["InstanceId"]
        for group in groups
        for one in group.get("Instances", ())
        if (one["LifecycleState"], one["HealthStatus"]) == ("InService", "Healthy")
    ]


def _terminate_in_group(account: Account, instance: str) -> None:
    account.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=instance, ShouldDecrementDesiredCapacity=False
    )


def _beanstalk_instances(context: DrillContext, account: Account) -> list[str]:
    """Return the instances of the environment that its Auto Scaling group has in service."""
    names = [one.id for one in resources(context, account, "AWS::ElasticBeanstalk::Environment")]
    found = [
        account.client("elasticbeanstalk").describe_environment_resources(EnvironmentName=name)["EnvironmentResources"]
        for name in names
    ]
    groups = [one["Name"] for each in found for one in each.get("AutoScalingGroups", ())]
    if not groups:
        return []
    described = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=groups)
    return judge_instances(described["AutoScalingGroups"])


def _terminate(account: Account, instance: str) -> None:
    account.client("ec2").terminate_instances(InstanceIds=[instance])
