"""Time-outs, ports, processor architecture, logs, traces and leftovers, as far as the template sets them."""

import json

from .inside import manifests, option
from .template import Template

_ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64", "amd64": "x86_64"}


def time_out_s(template: Template) -> float | None:
    """Return after how many seconds a request is given up; None where the platform decides."""
    functions = [one for one in template.of("AWS::Lambda::Function") if one.get("PackageType") == "Image"]
    found = [float(one["Timeout"]) for one in functions]
    found += [one["TimeoutInMillis"] / 1000 for one in template.of("AWS::ApiGatewayV2::Integration")]
    return min(found, default=None)


def ports(template: Template) -> tuple[int, ...]:
    """Return the ports that a copy listens on; none for Lambda, which hands over events."""
    found = []
    for definition in template.of("AWS::ECS::TaskDefinition"):
        for container in definition["ContainerDefinitions"]:
            found += [mapping["ContainerPort"] for mapping in container.get("PortMappings", [])]
    for deployment in manifests(template, "Deployment"):
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            found += [port["containerPort"] for port in container.get("ports", [])]
    for service in template.of("AWS::AppRunner::Service"):
        image = service["SourceConfiguration"].get("ImageRepository", {}).get("ImageConfiguration", {})
        found += [int(image["Port"])] if "Port" in image else []
    if not found:
        found = [group["Port"] for group in template.of("AWS::ElasticLoadBalancingV2::TargetGroup")]
    found += [
        int(port) for port in (option(template, "aws:elasticbeanstalk:environment:process:default", "Port"),) if port
    ]
    return tuple(sorted(set(found)))


def architecture(template: Template) -> str:
    """Return what the copies run on here; "" where the template leaves it to machine image or platform."""
    found = [one.get("RuntimePlatform", {}).get("CpuArchitecture") for one in template.of("AWS::ECS::TaskDefinition")]
    found += [next(iter(one.get("Architectures", [])), None) for one in template.of("AWS::Lambda::Function")]
    for deployment in manifests(template, "Deployment"):
        selector = deployment["spec"]["template"]["spec"].get("nodeSelector", {})
        found.append(selector.get("kubernetes.io/arch"))
    found.append(option(template, "aws:ec2:instances", "SupportedArchitectures") or None)
    known = [str(one) for one in found if one]
    return _ARCHITECTURES.get(known[0], known[0]) if known else ""


def log_groups(template: Template) -> tuple[tuple[str, int | None], ...]:
    """Return (place, days kept) of every log group; None keeps for ever."""
    found = [(one.place, one.properties.get("RetentionInDays")) for one in template.resources if one.kind == _LOGS]
    days = option(template, "aws:elasticbeanstalk:cloudwatch:logs", "RetentionInDays")
    return (*found, *([("Beanstalk's own", int(days))] if days else []))


def sampled_percent(template: Template) -> float | None:
    """Return how many of a hundred new traces are recorded; None where tracing is off."""
    text = json.dumps([resource.properties for resource in template.resources]) + template.bundle
    marker = "OTEL_TRACES_SAMPLER_ARG"
    if marker not in text:
        return None
    share = text.split(marker, 1)[1].lstrip('\\"=: ,').removeprefix("Value").removeprefix("value").lstrip('\\"=: ,')
    digits = share[: next((at for at, letter in enumerate(share) if letter not in "0123456789."), len(share))]
    return float(digits) * 100 if digits else None


def output(template: Template) -> str:
    """Return where a copy's output goes; "" where the template leaves that to the platform."""
    drivers = [
        container.get("LogConfiguration", {}).get("LogDriver")
        for definition in template.of("AWS::ECS::TaskDefinition")
        for container in definition["ContainerDefinitions"]
    ]
    functions = [one for one in template.of("AWS::Lambda::Function") if one.get("PackageType") == "Image"]
    sent = (
        "awslogs" in drivers,
        any("LogGroup" in one.get("LoggingConfig", {}) for one in functions),
        option(template, "aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs") == "true",
        any("logs_collected" in str(one["LaunchTemplateData"]) for one in template.of("AWS::EC2::LaunchTemplate")),
    )
    return "CloudWatch Logs" if any(sent) else ""


def retained(template: Template) -> tuple[str, ...]:
    """Return the places of what `cdk destroy` leaves because the template says so."""
    return tuple(one.place for one in template.resources if one.deletion_policy.startswith("Retain"))


_LOGS = "AWS::Logs::LogGroup"
