"""The settings of a template that the matrix compares: limits, network exposure, rollout, logs and traces."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deployment.template import Template
from pricing.workload import BEANSTALK_ENVIRONMENT, HELM_CHART, manifests, option_settings

ERROR_RATE_ALARM = "the error rate alarm"
NO_ROLLBACK = "nothing"
_CAPITALS = re.compile(r"[A-Z]")
_SAMPLING_RATE = re.compile(r"OTEL_TRACES_SAMPLER_ARG\W*(?:[Vv]alue)?\W*?([\d.]+)")


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The deployment of a new version, as the template configures it.

    Attributes:
        strategy: such as "rolling, 100 to 200 % of the tasks".
        rollback: what triggers an automatic rollback; `NO_ROLLBACK` if nothing does.
    """

    strategy: str
    rollback: str


def request_timeout_s(template: Template) -> float | None:
    """Return the request timeout in seconds; None if the template does not set it."""
    found = [float(one["Timeout"]) for one in _image_functions(template)]
    found += [one["TimeoutInMillis"] / 1000 for one in template.properties_of("AWS::ApiGatewayV2::Integration")]
    return min(found, default=None)


def container_ports(template: Template) -> tuple[int, ...]:
    """Return the ports that a replica listens on; none for Lambda, which receives events."""
    found = []
    for definition in template.properties_of("AWS::ECS::TaskDefinition"):
        for container in definition["ContainerDefinitions"]:
            found += [mapping["ContainerPort"] for mapping in container.get("PortMappings", [])]
    for deployment in _manifests(template, "Deployment"):
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            found += [port["containerPort"] for port in container.get("ports", [])]
    for service in template.properties_of("AWS::AppRunner::Service"):
        image = service["SourceConfiguration"].get("ImageRepository", {}).get("ImageConfiguration", {})
        found += [int(image["Port"])] if "Port" in image else []
    if not found:
        found = [group["Port"] for group in template.properties_of("AWS::ElasticLoadBalancingV2::TargetGroup")]
    if port := _option(template, "aws:elasticbeanstalk:environment:process:default Port"):
        found.append(int(port))
    return tuple(sorted(set(found)))


def log_groups(template: Template) -> tuple[tuple[str, int | None], ...]:
    """Return (construct path, retention in days) of every log group; None never expires."""
    groups = template.resources_of("AWS::Logs::LogGroup")
    found = [(group.construct_path, group.properties.get("RetentionInDays")) for group in groups]
    days = _option(template, "aws:elasticbeanstalk:cloudwatch:logs RetentionInDays")
    return (*found, *([("log groups of Beanstalk", int(days))] if days else []))


def trace_sampling_percent(template: Template) -> float | None:
    """Return the percentage of new traces that are sampled; None if tracing is off."""
    text = json.dumps([resource.resolved for resource in template.resources]) + template.compose_file
    found = _SAMPLING_RATE.search(text)
    return float(found[1]) * 100 if found else None


def log_destination(template: Template) -> str:
    """Return where the service's log goes; "" if the template leaves that to the platform."""
    drivers = [
        container.get("LogConfiguration", {}).get("LogDriver")
        for definition in template.properties_of("AWS::ECS::TaskDefinition")
        for container in definition["ContainerDefinitions"]
    ]
    launched = template.properties_of("AWS::EC2::LaunchTemplate")
    configured = (
        "awslogs" in drivers,
        any("LogGroup" in one.get("LoggingConfig", {}) for one in _image_functions(template)),
        _option(template, "aws:elasticbeanstalk:cloudwatch:logs StreamLogs") == "true",
        any("logs_collected" in str(one["LaunchTemplateData"]) for one in launched),
    )
    return "CloudWatch Logs" if any(configured) else ""


def retained_resources(template: Template) -> tuple[str, ...]:
    """Return the construct paths of the resources that the template retains when its stack is deleted."""
    return tuple(one.construct_path for one in template.resources if one.deletion_policy.startswith("Retain"))


def public_endpoints(template: Template) -> tuple[str, ...]:
    """Return what receives requests, from the internet to the replicas."""
    found = [f"function URL, auth type {url['AuthType']}" for url in template.properties_of("AWS::Lambda::Url")]
    found += ["HTTP API, no authorizer" for _ in template.resources_of("AWS::ApiGatewayV2::Api")]
    balancers = template.properties_of("AWS::ElasticLoadBalancingV2::LoadBalancer")
    found += [f"{one['Scheme']} load balancer" for one in balancers]
    express = template.resources_of("AWS::ECS::ExpressGatewayService")
    found += ["internet-facing load balancer that ECS creates" for _ in express]
    found += ["App Runner's public endpoint" for _ in template.resources_of("AWS::AppRunner::Service")]
    return tuple(found)


def replica_addresses(template: Template) -> str:
    """Return whether replicas have public or private IP addresses, or run outside your VPCs."""
    subnets = list(_subnets(template))
    if not subnets:
        return "outside your VPCs"
    return "public" if any("PublicSubnet" in subnet for subnet in subnets) else "private"


def open_ports(template: Template) -> tuple[str, ...]:
    """Return "port from source" for each ingress rule."""
    rules = template.properties_of("AWS::EC2::SecurityGroupIngress")
    for group in template.properties_of("AWS::EC2::SecurityGroup"):
        rules += group.get("SecurityGroupIngress", [])
    return tuple(dict.fromkeys(f"{rule.get('FromPort', 'all')} from {_source(rule)}" for rule in rules))


def rollout(template: Template) -> Rollout | None:
    """Return how a new version is deployed; None if the template leaves it to the platform."""
    return next((found for rule in _ROLLOUTS if (found := rule(template))), None)


def _ecs_rollout(template: Template) -> Rollout | None:
    for service in template.properties_of("AWS::ECS::Service"):
        found = service.get("DeploymentConfiguration", {})
        strategy = found.get("Strategy", "ROLLING").lower().replace("_", "/")
        minimum, maximum = found.get("MinimumHealthyPercent"), found.get("MaximumPercent")
        triggers = []
        if found.get("DeploymentCircuitBreaker", {}).get("Rollback"):
            triggers.append("failing tasks (circuit breaker)")
        if found.get("Alarms", {}).get("Rollback"):
            triggers.append(ERROR_RATE_ALARM)
        return Rollout(
            strategy=f"{strategy}, {minimum} to {maximum} % of the tasks",
            rollback=" or ".join(triggers) or NO_ROLLBACK,
        )
    return None


def _lambda_rollout(template: Template) -> Rollout | None:
    if not template.resources_of("AWS::Lambda::Alias"):
        return None
    if template.resources_of("AWS::CodeDeploy::DeploymentGroup"):
        return Rollout(strategy="canary: 10 % of the requests, then all", rollback=ERROR_RATE_ALARM)
    return Rollout(strategy="all at once: the alias moves to the new version", rollback=NO_ROLLBACK)


def _eks_rollout(template: Template) -> Rollout | None:
    for found in _manifests(template, "Deployment"):
        rolling = found["spec"]["strategy"]["rollingUpdate"]
        return Rollout(
            strategy=f"rolling, max surge {rolling['maxSurge']}, max unavailable {rolling['maxUnavailable']}",
            rollback="pods that do not become ready (atomic Helm release)",
        )
    return None


def _beanstalk_rollout(template: Template) -> Rollout | None:
    policy = _option(template, "aws:elasticbeanstalk:command DeploymentPolicy")
    if not policy:
        return None
    size = _option(template, "aws:elasticbeanstalk:command BatchSize")
    name = _CAPITALS.sub(r" \g<0>", policy).strip().lower()
    return Rollout(
        strategy=f"{name}, batches of {size} % of the instances" if size else f"{name}: a second set of instances",
        rollback="new instances that do not become healthy",
    )


def _ec2_rollout(template: Template) -> Rollout | None:
    for group in template.properties_of("AWS::AutoScaling::AutoScalingGroup"):
        rolling = group.get("UpdatePolicy", {}).get("AutoScalingRollingUpdate")
        if rolling:
            batch, in_service = rolling["MaxBatchSize"], rolling["MinInstancesInService"]
            return Rollout(
                strategy=f"rolling, batches of {batch}, at least {in_service} instances in service",
                rollback="an instance that sends no success signal before the timeout",
            )
    return None


_ROLLOUTS: tuple[Callable[[Template], Rollout | None], ...] = (
    _ecs_rollout,
    _lambda_rollout,
    _eks_rollout,
    _beanstalk_rollout,
    _ec2_rollout,
)


def _image_functions(template: Template) -> list[Mapping[str, Any]]:
    functions = template.properties_of("AWS::Lambda::Function")
    return [function for function in functions if function.get("PackageType") == "Image"]


def _manifests(template: Template, kind: str) -> Iterator[Mapping[str, Any]]:
    for chart in template.resources_of(HELM_CHART):
        yield from manifests(chart, kind)


def _option(template: Template, name: str) -> str:
    """The value of an Elastic Beanstalk option, "" if it is not set."""
    environments = template.resources_of(BEANSTALK_ENVIRONMENT)
    return next((options[name] for one in environments if name in (options := option_settings(one))), "")


def _source(rule: Mapping[str, Any]) -> str:
    group = rule.get("SourceSecurityGroupId")
    if not group:
        return str(rule.get("CidrIp") or rule.get("CidrIpv6") or "a prefix list")
    name = str(group).removesuffix(".GroupId").removesuffix("SecurityGroup")
    if "FrontDoorLink" in name:
        return "HTTP APIs of this VPC"
    return "the load balancer" if "LoadBalancer" in name else name


def _subnets(template: Template) -> Iterator[str]:
    for service in template.properties_of("AWS::ECS::Service"):
        yield str(service["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"])
    for service in template.properties_of("AWS::ECS::ExpressGatewayService"):
        yield str(service["NetworkConfiguration"]["Subnets"])
    for group in template.properties_of("AWS::AutoScaling::AutoScalingGroup"):
        yield str(group["VPCZoneIdentifier"])
    for profile in template.properties_of("AWS::EKS::FargateProfile"):
        yield str(profile["Subnets"])
    if template.resources_of("AWS::EKS::PodIdentityAssociation"):
        yield "private subnets of the cluster"
    for environment in template.resources_of(BEANSTALK_ENVIRONMENT):
        for setting in environment.resolved["OptionSettings"]:
            if (setting["Namespace"], setting["OptionName"]) == ("aws:ec2:vpc", "Subnets"):
                yield str(setting["Value"])
