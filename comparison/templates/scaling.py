"""From how many copies to how many, and by what: each platform writes it somewhere else."""

from collections.abc import Callable
from dataclasses import dataclass

from .inside import manifests, option
from .template import Template


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How many copies run.

    Attributes:
        least: copies that always run; 0 means that it costs no processor while nothing happens.
        most: copies that run at most; None where the template does not bound them.
        by: what makes a copy more.
    """

    least: int
    most: int | None
    by: str


def scaling(template: Template) -> Scaling | None:
    """Return how the target scales; None where no rule below finds it in the template."""
    return next((found for rule in _RULES if (found := rule(template))), None)


def _tasks(template: Template) -> Scaling | None:
    for target in template.of("AWS::ApplicationAutoScaling::ScalableTarget"):
        by = "steps of its own"
        for policy in template.of("AWS::ApplicationAutoScaling::ScalingPolicy"):
            tracked = policy.get("TargetTrackingScalingPolicyConfiguration", {})
            by = f"processors at {tracked['TargetValue']:g} %" if "TargetValue" in tracked else by
        return Scaling(least=target["MinCapacity"], most=target["MaxCapacity"], by=by)
    return None


def _express(template: Template) -> Scaling | None:
    for service in template.of("AWS::ECS::ExpressGatewayService"):
        target = service["ScalingTarget"]
        by = f"processors at {target['AutoScalingTargetValue']:g} %"
        return Scaling(least=target["MinTaskCount"], most=target["MaxTaskCount"], by=by)
    return None


def _function(template: Template) -> Scaling | None:
    for function in template.of("AWS::Lambda::Function"):
        if function.get("PackageType") == "Image":
            most = function.get("ReservedConcurrentExecutions")
            return Scaling(least=0, most=most, by="requests in flight, one a copy")
    return None


def _app_runner(template: Template) -> Scaling | None:
    for found in template.of("AWS::AppRunner::AutoScalingConfiguration"):
        by = f"requests in flight, {found['MaxConcurrency']} a copy"
        return Scaling(least=found["MinSize"], most=found["MaxSize"], by=by)
    return None


def _pods(template: Template) -> Scaling | None:
    for found in manifests(template, "HorizontalPodAutoscaler"):
        spec = found["spec"]
        percent = spec["metrics"][0]["resource"]["target"]["averageUtilization"]
        return Scaling(least=spec["minReplicas"], most=spec["maxReplicas"], by=f"processors at {percent} %")
    return None


def _environment(template: Template) -> Scaling | None:
    least = option(template, "aws:autoscaling:asg", "MinSize")
    if not least:
        return None
    upper = option(template, "aws:autoscaling:trigger", "UpperThreshold")
    most = option(template, "aws:autoscaling:asg", "MaxSize")
    return Scaling(least=int(least), most=int(most), by=f"processors of the whole machine above {upper} %")


def _group(template: Template) -> Scaling | None:
    for group in template.of("AWS::AutoScaling::AutoScalingGroup"):
        by = "by hand"
        for policy in template.of("AWS::AutoScaling::ScalingPolicy"):
            percent = policy.get("TargetTrackingConfiguration", {}).get("TargetValue")
            by = f"processors of the whole machine at {percent:g} %" if percent else by
        return Scaling(least=int(group["MinSize"]), most=int(group["MaxSize"]), by=by)
    return None


_RULES: tuple[Callable[[Template], Scaling | None], ...] = (
    _tasks,
    _express,
    _function,
    _app_runner,
    _pods,
    _environment,
    _group,
)
