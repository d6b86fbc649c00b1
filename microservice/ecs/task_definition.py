"""The one ECS task definition that targets and one-shot tasks share."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from ..nag import acknowledge
from ..defaults import STOP_SECONDS, USER
from .task_sizes import validate_task_size
from ..image import Image
from ..logs import log_group
from ..spec import ServiceSpec
from ..tracing import grant_tracing, tracing_environment

CONTAINER_NAME = "Main"
PORT_NAME = "http"

_ARCHITECTURES = {"x86_64": ecs.CpuArchitecture.X86_64, "arm64": ecs.CpuArchitecture.ARM64}


def service_task_definition(
    scope: Construct,
    *,
    spec: ServiceSpec,
    image: Image,
    health_command: Sequence[str],
    compatibility: ecs.Compatibility = ecs.Compatibility.FARGATE,
) -> ecs.TaskDefinition:
    """A task that serves: one container `Main` with one port named `http`, checked from inside by `health_command`.

    Raises:
        ValueError: if nothing is to run all the time, or Fargate does not sell this cpu with this memory.
    """
    _refuse_zero(spec)
    return _task_definition(
        scope,
        spec,
        image,
        compatibility,
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
) -> ecs.TaskDefinition:
    """A task that runs `command` once and ends: no port, no health check, the same image and limits.

    Raises:
        ValueError: if Fargate does not sell this cpu with this memory.
    """
    return _task_definition(scope, spec, image, ecs.Compatibility.FARGATE, command=list(command))


def _task_definition(
    scope: Construct, spec: ServiceSpec, image: Image, compatibility: ecs.Compatibility, **differences: Any
) -> ecs.TaskDefinition:
    if compatibility == ecs.Compatibility.FARGATE:
        validate_task_size(spec)
    definition = ecs.TaskDefinition(
        scope,
        "TaskDefinition",
        compatibility=compatibility,
        network_mode=ecs.NetworkMode.AWS_VPC,
        cpu=str(spec.cpu),
        memory_mib=str(spec.memory_mib),
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


def _acknowledge(definition: ecs.TaskDefinition) -> None:
    acknowledge(definition, "AwsSolutions-ECS2", "the variables name things; secrets are read by the service's role")
    acknowledge(
        definition.obtain_execution_role(),
        "AwsSolutions-IAM5[Resource::*]",
        "ecr:GetAuthorizationToken knows no resources; pulling is limited to the one repository",
    )


def _refuse_zero(spec: ServiceSpec) -> None:
    if spec.min_instances == 0:
        raise ValueError(
            f"service {spec.name!r} cannot run on ECS: min_instances is 0; allowed: 1 to 1000; fix: keep one "
            "running, for nothing here starts a task when a request comes, or take Lambda"
        )
