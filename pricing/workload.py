"""The workload of a target: its replicas, their size and their scaling, read from the template of any platform."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from deployment.template import Resource, TargetTemplates, resolved

HELM_CHART = "Custom::AWSCDK-EKS-HelmChart"
BEANSTALK_ENVIRONMENT = "AWS::ElasticBeanstalk::Environment"
EXECUTION_ENVIRONMENTS = "execution environments"
"""The replica type of Lambda, which starts one for each concurrent request and keeps none."""
_CPU_UNITS = 1024
_MIB = {"Mi": 1, "Gi": 1024}
# Memory at which a function has one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MIB_PER_VCPU = 1769
_ARCHITECTURES = {"ARM64": "arm64", "X86_64": "x86_64", "amd64": "x86_64"}


@dataclass(frozen=True, kw_only=True)
class RequestLimit:
    """The limits that a platform or an ingress has for one request; None where it has none.

    Attributes:
        name: what has the limit, such as "an HTTP API".
        request_bytes: the largest request.
        response_bytes: the largest response.
        seconds: the longest time until the response.
    """

    name: str
    request_bytes: int | None = None
    response_bytes: int | None = None
    seconds: float | None = None


# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
HTTP_API_LIMIT = RequestLimit(name="an HTTP API", request_bytes=10_000_000, response_bytes=10_000_000, seconds=30)
"""The limits of an HTTP API for one request."""
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
_ALB_TO_LAMBDA = RequestLimit(
    name="a load balancer in front of a function", request_bytes=1_000_000, response_bytes=1_000_000
)
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_FUNCTION_BYTES, _FUNCTION_SECONDS = 6_000_000, 3
# https://docs.aws.amazon.com/apprunner/latest/dg/develop.html
_APP_RUNNER = RequestLimit(name="App Runner", seconds=120)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The replicas of a service: their number, size and scaling.

    Attributes:
        resource: logical id of the resource that runs the replicas.
        replica_type: what a replica is on this platform, in the plural, such as "tasks".
        min_replicas: lower bound of scaling; 0 if the platform scales to zero.
        max_replicas: upper bound of scaling; None if only the account's quota limits it.
        vcpus: of one replica; None if a replica has a whole instance.
        memory_mib: limit of one replica, in MiB; None if it has a whole instance.
        target_cpu_percent: CPU utilization that scaling aims at. Default: none, it scales by concurrency.
        max_concurrency: concurrent requests per replica. Default: unlimited.
        provisioned_concurrency: execution environments that Lambda keeps initialized. Default: none.
        scaling_metric: what scaling follows, as text.
        architecture: "x86_64" or "arm64"; "" if the template leaves it to the platform.
        instance_type: EC2 instance type whose instances run one replica each. Default: none.
        throttling_rate_limit: requests per second that the HTTP API accepts. Default: unlimited.
        request_limits: what the platform and its ingress accept of one request. Default: no limits.
    """

    resource: str
    replica_type: str
    min_replicas: int
    max_replicas: int | None
    vcpus: float | None = None
    memory_mib: float | None = None
    target_cpu_percent: float | None = None
    max_concurrency: float | None = None
    provisioned_concurrency: int = 0
    scaling_metric: str
    architecture: str = ""
    instance_type: str = ""
    throttling_rate_limit: float | None = None
    request_limits: tuple[RequestLimit, ...] = ()


def workload(resource: Resource, templates: TargetTemplates) -> Workload:
    """Read the workload that a resource of one of the types of `WORKLOADS` runs."""
    found = WORKLOADS[resource.type](resource, templates)
    return replace(found, request_limits=tuple(_request_limits(resource, templates)))


def _request_limits(resource: Resource, templates: TargetTemplates) -> Iterator[RequestLimit]:
    if resource.type == "AWS::Lambda::Function":
        seconds = float(resource.properties.get("Timeout", _FUNCTION_SECONDS))
        yield RequestLimit(
            name="Lambda", request_bytes=_FUNCTION_BYTES, response_bytes=_FUNCTION_BYTES, seconds=seconds
        )
        groups = templates.own("AWS::ElasticLoadBalancingV2::TargetGroup")
        if any(group.properties.get("TargetType") == "lambda" for group in groups):
            yield _ALB_TO_LAMBDA
    if resource.type == "AWS::AppRunner::Service":
        yield _APP_RUNNER
    if templates.own("AWS::ApiGatewayV2::Api"):
        yield HTTP_API_LIMIT


def workload_resources(templates: TargetTemplates) -> list[Resource]:
    """Return the resources that run the service's replicas; a target has exactly one."""
    return [
        found
        for found in templates.resources
        if found.type in WORKLOADS
        and not templates.is_shared(found)
        and (found.type != "AWS::Lambda::Function" or found.logical_id in templates.target.logical_ids)
    ]


def task_definition(service: Resource, templates: TargetTemplates) -> Resource:
    """Return the task definition of an ECS service.

    Raises:
        LookupError: its template does not have it.
    """
    value = service.properties.get("TaskDefinition", service.properties.get("TaskDefinitionArn"))
    found = templates.follow(service, value)
    if found is None:
        raise LookupError(f"{service.logical_id} refers to no task definition of its template")
    return found


def launch_template_data(group: Resource, templates: TargetTemplates) -> Mapping[str, Any]:
    """Return the data of the launch template of an Auto Scaling group.

    Raises:
        LookupError: its template does not have it.
    """
    found = templates.follow(group, group.properties["LaunchTemplate"]["LaunchTemplateId"])
    if found is None:
        raise LookupError(f"{group.logical_id} refers to no launch template of its template")
    data: Mapping[str, Any] = found.properties["LaunchTemplateData"]
    return data


def manifests(chart: Resource, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield the Kubernetes objects of a kind among the values of a Helm release."""
    values = resolved(chart.properties.get("Values", {}))
    if isinstance(values, Mapping):
        yield from (found for found in values.get("manifests", []) if found["kind"] == kind)


def pod_spec(chart: Resource) -> Mapping[str, Any]:
    """Return the pod spec of a Helm release's Deployment."""
    found: Mapping[str, Any] = _manifest(chart, "Deployment")["spec"]["template"]["spec"]
    return found


def option_settings(environment: Resource) -> Mapping[str, str]:
    """Return "namespace name" -> value of an Elastic Beanstalk environment's option settings."""
    return {
        f"{setting['Namespace']} {setting['OptionName']}": str(setting.get("Value", ""))
        for setting in environment.properties["OptionSettings"]
    }


def _ecs_service(service: Resource, templates: TargetTemplates) -> Workload:
    scaling = next((found.properties for found in templates.own("AWS::ApplicationAutoScaling::ScalableTarget")), {})
    desired = service.properties.get("DesiredCount", 1)
    return _tasks(
        service,
        templates,
        minimum=scaling.get("MinCapacity", desired),
        maximum=scaling.get("MaxCapacity", desired),
        target=_target_value(templates, "AWS::ApplicationAutoScaling::ScalingPolicy"),
    )


def _express_service(service: Resource, templates: TargetTemplates) -> Workload:
    scaling = service.properties["ScalingTarget"]
    return _tasks(
        service,
        templates,
        minimum=scaling["MinTaskCount"],
        maximum=scaling["MaxTaskCount"],
        target=float(scaling["AutoScalingTargetValue"]),
    )


def _tasks(service: Resource, templates: TargetTemplates, *, minimum: Any, maximum: Any, target: float) -> Workload:
    task = task_definition(service, templates).properties
    architecture = str(task.get("RuntimePlatform", {}).get("CpuArchitecture", ""))
    return Workload(
        resource=service.logical_id,
        replica_type="tasks",
        min_replicas=int(minimum),
        max_replicas=int(maximum),
        vcpus=float(task["Cpu"]) / _CPU_UNITS,
        memory_mib=float(task["Memory"]),
        target_cpu_percent=target,
        scaling_metric=f"CPU utilization at {target:g} %",
        architecture=_ARCHITECTURES.get(architecture, architecture),
        throttling_rate_limit=_throttling_rate_limit(templates),
    )


def _helm_release(chart: Resource, templates: TargetTemplates) -> Workload:
    scaling, pod = _manifest(chart, "HorizontalPodAutoscaler")["spec"], pod_spec(chart)
    requests = [container["resources"]["requests"] for container in pod["containers"]]
    target = float(scaling["metrics"][0]["resource"]["target"]["averageUtilization"])
    architecture = str(pod.get("nodeSelector", {}).get("kubernetes.io/arch", ""))
    return Workload(
        resource=chart.logical_id,
        replica_type="pods",
        min_replicas=int(scaling["minReplicas"]),
        max_replicas=int(scaling["maxReplicas"]),
        vcpus=sum(_vcpus(str(request["cpu"])) for request in requests),
        memory_mib=sum(float(request["memory"][:-2]) * _MIB[request["memory"][-2:]] for request in requests),
        target_cpu_percent=target,
        scaling_metric=f"CPU utilization at {target:g} %",
        architecture=_ARCHITECTURES.get(architecture, architecture),
        throttling_rate_limit=_throttling_rate_limit(templates),
    )


def function_of(resource: Resource, arn: object, templates: TargetTemplates) -> Resource | None:
    """Return the function of a name or ARN in a resource's properties, which may be that of its alias."""
    found = templates.follow(resource, arn)
    while found is not None and found.type in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
        found = templates.follow(found, found.properties.get("FunctionName"))
    return found if found is not None and found.type == "AWS::Lambda::Function" else None


def provisioned_concurrency(alias: Resource) -> int:
    """Return the number of execution environments that Lambda keeps initialized for an alias."""
    settings = alias.properties.get("ProvisionedConcurrencyConfig", {})
    return int(settings.get("ProvisionedConcurrentExecutions", 0))


def _function(function: Resource, templates: TargetTemplates) -> Workload:
    aliases = [
        alias
        for alias in templates.own("AWS::Lambda::Alias")
        if function_of(alias, alias.properties.get("FunctionName"), templates) == function
    ]
    memory_mib = float(function.properties.get("MemorySize", 128))
    return Workload(
        resource=function.logical_id,
        replica_type=EXECUTION_ENVIRONMENTS,
        min_replicas=0,
        max_replicas=function.properties.get("ReservedConcurrentExecutions"),
        vcpus=memory_mib / _MIB_PER_VCPU,
        memory_mib=memory_mib,
        max_concurrency=1,
        provisioned_concurrency=sum(provisioned_concurrency(alias) for alias in aliases),
        scaling_metric="concurrent requests, 1 per execution environment",
        architecture=next(iter(function.properties.get("Architectures", [])), ""),
    )


def _app_runner_service(service: Resource, templates: TargetTemplates) -> Workload:
    configuration = templates.follow(service, service.properties.get("AutoScalingConfigurationArn"))
    limits = configuration.properties if configuration else {}
    size, concurrency = service.properties["InstanceConfiguration"], int(limits.get("MaxConcurrency", 100))
    cpu = str(size["Cpu"])
    return Workload(
        resource=service.logical_id,
        replica_type="instances",
        min_replicas=int(limits.get("MinSize", 1)),
        max_replicas=int(limits.get("MaxSize", 25)),
        vcpus=float(cpu.removesuffix(" vCPU")) if cpu.endswith("vCPU") else float(cpu) / _CPU_UNITS,
        memory_mib=float(size["Memory"]),
        max_concurrency=concurrency,
        scaling_metric=f"concurrent requests, {concurrency} per instance",
    )


def _auto_scaling_group(group: Resource, templates: TargetTemplates) -> Workload:
    data = launch_template_data(group, templates)
    target = _target_value(templates, "AWS::AutoScaling::ScalingPolicy")
    limit = re.search(r"--memory=(\d+)m\b", str(resolved(data.get("UserData", ""))))
    return Workload(
        resource=group.logical_id,
        replica_type="instances",
        min_replicas=int(group.properties["MinSize"]),
        max_replicas=int(group.properties["MaxSize"]),
        memory_mib=float(limit.group(1)) if limit else None,
        target_cpu_percent=target,
        scaling_metric=f"CPU utilization of the instance at {target:g} %",
        instance_type=str(data["InstanceType"]),
        throttling_rate_limit=_throttling_rate_limit(templates),
    )


def _beanstalk_environment(environment: Resource, templates: TargetTemplates) -> Workload:
    options = option_settings(environment)
    target = float(options["aws:autoscaling:trigger UpperThreshold"])
    limit = re.search(r"mem_limit: \"?(\d+)m\b", templates.templates[environment.stack].compose_file)
    return Workload(
        resource=environment.logical_id,
        replica_type="instances",
        min_replicas=int(options["aws:autoscaling:asg MinSize"]),
        max_replicas=int(options["aws:autoscaling:asg MaxSize"]),
        memory_mib=float(limit.group(1)) if limit else None,
        target_cpu_percent=target,
        scaling_metric=f"CPU utilization of the instance above {target:g} %",
        architecture=options.get("aws:ec2:instances SupportedArchitectures", ""),
        instance_type=options["aws:ec2:instances InstanceTypes"].split(",")[0],
        throttling_rate_limit=_throttling_rate_limit(templates),
    )


WORKLOADS: Mapping[str, Callable[[Resource, TargetTemplates], Workload]] = {
    "AWS::AppRunner::Service": _app_runner_service,
    "AWS::AutoScaling::AutoScalingGroup": _auto_scaling_group,
    "AWS::ECS::ExpressGatewayService": _express_service,
    "AWS::ECS::Service": _ecs_service,
    BEANSTALK_ENVIRONMENT: _beanstalk_environment,
    "AWS::Lambda::Function": _function,
    HELM_CHART: _helm_release,
}
"""Types of the resources that run replicas, each with its reader."""


def _target_value(templates: TargetTemplates, policy_type: str) -> float:
    """The lowest target value of the target tracking policies; 100 without any."""
    values = []
    for policy in templates.own(policy_type):
        configuration = policy.properties.get("TargetTrackingScalingPolicyConfiguration")
        values.append((configuration or policy.properties["TargetTrackingConfiguration"])["TargetValue"])
    return float(min(values, default=100))


def _throttling_rate_limit(templates: TargetTemplates) -> float | None:
    limits = [
        float(stage.properties.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit", 0))
        for stage in templates.own("AWS::ApiGatewayV2::Stage")
    ]
    return min((limit for limit in limits if limit), default=None)


def _manifest(chart: Resource, kind: str) -> Mapping[str, Any]:
    found = next(manifests(chart, kind), None)
    if found is None:
        raise LookupError(f"{chart.logical_id} has no manifest of kind {kind}")
    return found


def _vcpus(cpu: str) -> float:
    return float(cpu[:-1]) / 1000 if cpu.endswith("m") else float(cpu)
