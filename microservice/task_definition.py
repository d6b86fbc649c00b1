"""The one ECS task definition that targets and one-shot tasks share."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from constructs import Construct

from .image import Image
from .spec import ServiceSpec
from .tracing import grant_tracing, tracing_environment

CONTAINER_NAME = "Main"
PORT_NAME = "http"
STOP_SECONDS = 30

_ARCHITECTURES = {"x86_64": ecs.CpuArchitecture.X86_64, "arm64": ecs.CpuArchitecture.ARM64}


def service_task_definition(
    scope: Construct, *, spec: ServiceSpec, image: Image, health_command: Sequence[str]
) -> ecs.TaskDefinition:
    """A task that serves: one container `Main` with one named port, checked from inside by `health_command`."""
    definition = _task_definition(scope, spec)
    _container(
        definition,
        spec,
        image,
        port_mappings=[ecs.PortMapping(container_port=spec.port, name=PORT_NAME, app_protocol=ecs.AppProtocol.http)],
        health_check=ecs.HealthCheck(
            command=["CMD", *health_command],
            interval=cdk.Duration.seconds(10),
            timeout=cdk.Duration.seconds(5),
            retries=3,
            start_period=cdk.Duration.seconds(30),
        ),
    )
    return definition


def one_shot_task_definition(
    scope: Construct, *, spec: ServiceSpec, image: Image, command: Sequence[str]
) -> ecs.TaskDefinition:
    """A task that runs `command` once and ends: no port, no health check, the same image and limits."""
    definition = _task_definition(scope, spec)
    _container(definition, spec, image, command=list(command))
    return definition


def _task_definition(scope: Construct, spec: ServiceSpec) -> ecs.TaskDefinition:
    definition = ecs.TaskDefinition(
        scope,
        "TaskDefinition",
        compatibility=ecs.Compatibility.FARGATE,
        cpu=str(spec.cpu),
        memory_mib=str(spec.memory_mib),
        network_mode=ecs.NetworkMode.AWS_VPC,
        runtime_platform=ecs.RuntimePlatform(
            cpu_architecture=_ARCHITECTURES[spec.architecture],
            operating_system_family=ecs.OperatingSystemFamily.LINUX,
        ),
    )
    grant_tracing(definition.task_role, spec)
    return definition


def _container(definition: ecs.TaskDefinition, spec: ServiceSpec, image: Image, **differences: Any) -> None:
    definition.add_container(
        CONTAINER_NAME,
        image=image.for_ecs(definition, spec.architecture),
        environment={**tracing_environment(spec), "PORT": str(spec.port), **spec.environment},
        linux_parameters=ecs.LinuxParameters(definition, "Linux", init_process_enabled=True),
        logging=ecs.LogDriver.aws_logs(log_group=_log_group(definition), stream_prefix=spec.name, mode=ecs.AwsLogDriverMode.NON_BLOCKING),
        readonly_root_filesystem=True,
        stop_timeout=cdk.Duration.seconds(STOP_SECONDS),
        user="10001:10001",
        **differences,
    )


def _log_group(scope: Construct) -> logs.LogGroup:
    return logs.LogGroup(
        scope, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=cdk.RemovalPolicy.DESTROY
    )
