"""The one ECS task definition that targets and one-shot tasks share."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from .acknowledged import acknowledge
from .image import Image
from .logs import log_group
from .spec import ServiceSpec
from .tracing import grant_tracing, tracing_environment

CONTAINER_NAME = "Main"
PORT_NAME = "http"
STOP_SECONDS = 30
# Numbers, because a read-only image has no say in who it runs as; 10001 owns nothing on any host.
USER = "10001:10001"

_ARCHITECTURES = {"x86_64": ecs.CpuArchitecture.X86_64, "arm64": ecs.CpuArchitecture.ARM64}
_GIB = 1024
# CPU units -> (least memory, most memory, step) in MiB.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
_FARGATE_SIZES = {
    512: (1 * _GIB, 4 * _GIB, _GIB),
    1024: (2 * _GIB, 8 * _GIB, _GIB),
    2048: (4 * _GIB, 16 * _GIB, _GIB),
    4096: (8 * _GIB, 30 * _GIB, _GIB),
    8192: (16 * _GIB, 60 * _GIB, 4 * _GIB),
    16384: (32 * _GIB, 120 * _GIB, 8 * _GIB),
}
_FARGATE_MEMORY_MIB = {
    256: [512, 1 * _GIB, 2 * _GIB],
    **{cpu: list(range(low, high + 1, step)) for cpu, (low, high, step) in _FARGATE_SIZES.items()},
}


def service_task_definition(
    scope: Construct, *, spec: ServiceSpec, image: Image, health_command: Sequence[str]
) -> ecs.FargateTaskDefinition:
    """A task that serves: one container `Main` with one port named `http`, checked from inside by `health_command`.

    Raises:
        ValueError: if Fargate does not sell this cpu with this memory.
    """
    return _task_definition(
        scope,
        spec,
        image,
        port_mappings=[ecs.PortMapping(container_port=spec.port, name=PORT_NAME)],
        health_check=ecs.HealthCheck(
            command=["CMD", *health_command],
            interval=cdk.Duration.seconds(10),
            timeout=cdk.Duration.seconds(5),
            retries=3,
            start_period=cdk.Duration.seconds(30),
        ),
    )


def one_shot_task_definition(
    scope: Construct, *, spec: ServiceSpec, image: Image, command: Sequence[str]
) -> ecs.FargateTaskDefinition:
    """A task that runs `command` once and ends: no port, no health check, the same image and limits.

    Raises:
        ValueError: if Fargate does not sell this cpu with this memory.
    """
    return _task_definition(scope, spec, image, command=list(command))


def _task_definition(
    scope: Construct, spec: ServiceSpec, image: Image, **differences: Any
) -> ecs.FargateTaskDefinition:
    _check_size(spec)
    definition = ecs.FargateTaskDefinition(
        scope,
        "TaskDefinition",
        cpu=spec.cpu,
        memory_limit_mib=spec.memory_mib,
        runtime_platform=ecs.RuntimePlatform(
            cpu_architecture=_ARCHITECTURES[spec.architecture],
            operating_system_family=ecs.OperatingSystemFamily.LINUX,
        ),
    )
    definition.add_container(
        CONTAINER_NAME,
        image=image.for_ecs(definition, spec.architecture),
        environment={**tracing_environment(spec), "PORT": str(spec.port), **spec.environment},
        linux_parameters=_linux(definition),
        # Logs that cannot be sent are dropped: they must never hold up a request.
        logging=ecs.LogDriver.aws_logs(
            log_group=log_group(definition), stream_prefix=spec.name, mode=ecs.AwsLogDriverMode.NON_BLOCKING
        ),
        readonly_root_filesystem=True,
        stop_timeout=cdk.Duration.seconds(STOP_SECONDS),
        user=USER,
        **differences,
    )
    grant_tracing(definition.task_role, spec)
    _acknowledge(definition)
    return definition


def _linux(scope: Construct) -> ecs.LinuxParameters:
    """An init process that reaps children and passes signals on, and none of the capabilities that root would have."""
    parameters = ecs.LinuxParameters(scope, "Linux", init_process_enabled=True)
    parameters.drop_capabilities(ecs.Capability.ALL)
    return parameters


def _acknowledge(definition: ecs.FargateTaskDefinition) -> None:
    acknowledge(definition, "AwsSolutions-ECS2", "the variables name things; secrets are read by the service's role")
    acknowledge(
        definition.obtain_execution_role(),
        "AwsSolutions-IAM5[Resource::*]",
        "ecr:GetAuthorizationToken knows no resources; pulling is limited to the one repository",
    )


def _check_size(spec: ServiceSpec) -> None:
    allowed = _FARGATE_MEMORY_MIB.get(spec.cpu)
    if allowed is None:
        sizes = ", ".join(map(str, _FARGATE_MEMORY_MIB))
        raise ValueError(
            f"service {spec.name!r} cannot run on Fargate: cpu is {spec.cpu}; allowed: {sizes}; fix: take the next one"
        )
    if spec.memory_mib not in allowed:
        raise ValueError(
            f"service {spec.name!r} cannot run on Fargate: memory_mib is {spec.memory_mib} with cpu {spec.cpu}; "
            f"allowed: {', '.join(map(str, allowed))}; fix: take one of these, or another cpu"
        )
