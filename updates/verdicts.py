"""Verdicts: what a change does to a running service on one target."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from updates.change_set import Action, ChangeSet, ResourceChange
from updates.declared import Declaration
from updates.findings import REJECTED_BY_AWS, Finding
from updates.kubernetes import HELM_CHART, kubernetes_findings, rolls_pods
from updates.resources import options, resource_findings
from updates.traffic import traffic_findings


class Verdict(StrEnum):
    """Kinds of effects of a change on a running service."""

    UNCHANGED = "unchanged"
    IN_PLACE = "in place"
    ROLLING = "rolling"
    REPLACEMENT = "replacement"
    REJECTED = "rejected"
    UNSUPPORTED = "unsupported"
    UNDECLARED = "undeclared"


MEANINGS = {
    Verdict.UNCHANGED: "the templates stay the same",
    Verdict.IN_PLACE: "AWS changes settings; replicas and addresses stay",
    Verdict.ROLLING: "new replicas start, take over the requests, and the old ones stop",
    Verdict.REPLACEMENT: "AWS replaces a part of the service, with the documented consequence",
    Verdict.REJECTED: "the construct or AWS rejects the change before anything changes",
    Verdict.UNSUPPORTED: "the target does not support the field, which has no effect",
    Verdict.UNDECLARED: "AWS replaces or interrupts a part of the service, and nothing documents it",
}

# Type -> properties whose change replaces replicas, step by step, while old ones serve.
_ROLLING = {
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html
    "AWS::ECS::Service": (
        *("CapacityProviderStrategy", "LoadBalancers", "NetworkConfiguration", "PlatformVersion", "PropagateTags"),
        *("ServiceConnectConfiguration", "ServiceRegistries", "TaskDefinition", "VolumeConfigurations"),
    ),
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
    "AWS::ECS::ExpressGatewayService": (
        *("Cpu", "ExecutionRoleArn", "HealthCheckPath", "Memory", "NetworkConfiguration", "PrimaryContainer"),
        *("TaskDefinitionArn", "TaskRoleArn"),
    ),
    # https://docs.aws.amazon.com/apprunner/latest/dg/manage-configure.html
    "AWS::AppRunner::Service": (
        *("HealthCheckConfiguration", "InstanceConfiguration", "NetworkConfiguration", "ObservabilityConfiguration"),
        "SourceConfiguration",
    ),
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-updating.html
    "AWS::ElasticBeanstalk::Environment": ("PlatformArn", "SolutionStackName", "VersionLabel"),
    "AWS::AutoScaling::AutoScalingGroup": ("LaunchTemplate", "MixedInstancesPolicy", "VPCZoneIdentifier"),
}
# Namespaces of options of an Elastic Beanstalk environment whose change replaces or restarts instances in batches.
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.rollingupdates.html
_INSTANCE_OPTIONS = {
    *("aws:autoscaling:launchconfiguration", "aws:ec2:instances", "aws:ec2:vpc"),
    "aws:elasticbeanstalk:application:environment",
}
_ENVIRONMENT = "AWS::ElasticBeanstalk::Environment"
_VERSION = "AWS::Lambda::Version"
_GROUP = "AWS::AutoScaling::AutoScalingGroup"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The verdict of one change on one target.

    Attributes:
        verdict: the verdict.
        message: why a construct rejects or does not support it; "" otherwise.
        changes: the changed resources.
        findings: the findings, with the declaration of each; None for an undeclared one.
    """

    verdict: Verdict
    message: str = ""
    changes: tuple[ResourceChange, ...] = ()
    findings: tuple[tuple[Finding, Declaration | None], ...] = ()

    @property
    def undeclared(self) -> list[Finding]:
        """The findings that nothing declares."""
        return [finding for finding, declaration in self.findings if declaration is None]

    @property
    def declarations(self) -> list[Declaration]:
        """The declarations of the findings, each once."""
        return list(dict.fromkeys(declaration for _, declaration in self.findings if declaration))


def findings_of(changes: ChangeSet) -> list[Finding]:
    """Return all findings of an update."""
    found = [*resource_findings(changes), *kubernetes_findings(changes), *traffic_findings(changes)]
    return sorted(found, key=lambda one: (one.stack, one.kind, one.type, one.logical_id, one.property))


def judge(
    *,
    target: str,
    change: str,
    changes: Sequence[ResourceChange],
    findings: Iterable[Finding],
    declarations: Sequence[Declaration],
    change_set: ChangeSet,
) -> Judgement:
    """Return the verdict of a change that the construct accepts.

    Args:
        target: ID of the target.
        change: ID of the change.
        changes: the changes in the target's stack.
        findings: the findings in the target's stack.
        declarations: all declarations.
        change_set: the changes of all stacks.
    """
    declared = tuple(
        (finding, next((one for one in declarations if one.covers(target, change, finding)), None))
        for finding in findings
    )
    return Judgement(
        verdict=_verdict(changes, declared, change_set),
        changes=tuple(sorted(changes, key=lambda one: (one.stack, one.type, one.logical_id))),
        findings=declared,
    )


def rolls(change: ResourceChange, change_set: ChangeSet) -> bool:
    """Return whether a change replaces replicas, step by step, while old ones serve."""
    if change.type == _VERSION:
        return change.is_new
    if change.action is not Action.MODIFIED:
        return False
    if change.type == HELM_CHART:
        return rolls_pods(change)
    if change.type == _GROUP:
        resource = change_set.after.templates[change.stack]["Resources"][change.logical_id]
        policies = {"AutoScalingRollingUpdate", "AutoScalingInstanceRefresh"}
        if not policies & resource.get("UpdatePolicy", {}).keys():
            return False
    if change.type == _ENVIRONMENT:
        before, after = options(change.before), options(change.after)
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        if any(namespace in _INSTANCE_OPTIONS for namespace, _ in changed):
            return True
    return change.changes(*_ROLLING.get(change.type, ()))


def verdict_of(changes: Sequence[ResourceChange], findings: Sequence[Finding], change_set: ChangeSet) -> Verdict:
    """Return the verdict of an update, whether its findings are declared or not."""
    if any(finding.kind in REJECTED_BY_AWS for finding in findings):
        return Verdict.REJECTED
    if findings:
        return Verdict.REPLACEMENT
    if any(rolls(change, change_set) for change in changes):
        return Verdict.ROLLING
    return Verdict.IN_PLACE if changes else Verdict.UNCHANGED


def _verdict(
    changes: Sequence[ResourceChange],
    findings: Sequence[tuple[Finding, Declaration | None]],
    change_set: ChangeSet,
) -> Verdict:
    if any(declaration is None for _, declaration in findings):
        return Verdict.UNDECLARED
    return verdict_of(changes, [finding for finding, _ in findings], change_set)
