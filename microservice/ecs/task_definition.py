"""The ECS task definition: of services, with a port and a health check, and of one-shot tasks."""

from collections.abc import Sequence
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from ..container_environment import container_environment
from ..defaults import (
    HEALTH_CHECK_INTERVAL_SECONDS,
    HEALTH_CHECK_RETRIES,
    HEALTH_CHECK_TIMEOUT_SECONDS,
    STOP_SECONDS,
    USER,
    WRITABLE_MIB,
)
from ..image import Image
from ..logs import log_group
from ..nag import acknowledge, acknowledge_image_pull
from ..resource_attributes import resource_attributes
from ..roles import restrict_trust
from ..secrets import grant_read_secrets
from ..spec import ServiceSpec
from ..tracing import grant_tracing
from ..validation import require_min_instances
from .task_sizes import validate_task_size

CONTAINER_NAME = "Main"
PORT_NAME = "http"
# Limits of ECS (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html).
_MAX_START_PERIOD_SECONDS = 300
_MAX_RETRIES = 10

_ARCHITECTURES = {"x86_64": ecs.CpuArchitecture.X86_64, "arm64": ecs.CpuArchitecture.ARM64}


def service_task_definition(
    scope: Construct,
    *,
    spec: ServiceSpec,
    image: Image,
    compatibility: ecs.Compatibility = ecs.Compatibility.FARGATE,
    execute_command: bool = False,
) -> ecs.TaskDefinition:
    """Create the task definition of a service: one container `Main` with one port named `http`.

    It has the health check of the spec, if there is one.

    Args:
        scope: The parent construct.
        spec: The service.
        image: The container image.
        compatibility: Launch type. Default: `FARGATE`.
        execute_command: Whether the root of the container is writable, as the agent of ECS Exec requires.
            Default: False.

    Raises:
        UnsupportedSpecError: `min_instances` is 0, or Fargate does not support the combination of CPU and memory.
    """
    require_min_instances(spec, "ECS targets")
    return _task_definition(
        scope,
        spec,
        image,
        compatibility,
        port_mappings=[ecs.PortMapping(container_port=spec.port, name=PORT_NAME)],
        health_check=_health_check(spec),
        command=list(spec.command) or None,
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
        readonly_root_filesystem=not execute_command,
    )


def _health_check(spec: ServiceSpec) -> ecs.HealthCheck | None:
    """Return the check of the container, which does not fail before `start_seconds`.

    The start period of ECS ends after five minutes. A slower start needs more retries, further apart.
    """
    if not spec.health_command:
        return None
    rest = spec.start_seconds - _MAX_START_PERIOD_SECONDS
    interval, retries = HEALTH_CHECK_INTERVAL_SECONDS, HEALTH_CHECK_RETRIES
    if rest > 0:
        retries = _MAX_RETRIES
        interval = max(interval, -(-rest // retries))
    return ecs.HealthCheck(
        command=list(spec.health_command),
        interval=cdk.Duration.seconds(interval),
        timeout=cdk.Duration.seconds(HEALTH_CHECK_TIMEOUT_SECONDS),
        retries=retries,
        start_period=cdk.Duration.seconds(min(spec.start_seconds, _MAX_START_PERIOD_SECONDS)),
    )


def one_shot_task_definition(
    scope: Construct, *, spec: ServiceSpec, image: Image, command: Sequence[str]
) -> ecs.TaskDefinition:
    """Create the task definition of a task that runs one command and exits: no port and no health check.

    Args:
        scope: The parent construct.
        spec: The service whose size, user and environment the task has.
        image: The container image.
        command: Arguments of the image's entry point.

    Raises:
        InvalidServiceSpecError: The command is not a list of words.
        UnsupportedSpecError: Fargate does not support the combination of CPU and memory.

    Example:
        task = one_shot_task_definition(stack, spec=ServiceSpec(name="reports"), image=image, command=["report"])
    """
    words = list(spec.with_command(command).command)
    return _task_definition(scope, spec, image, ecs.Compatibility.FARGATE, command=words, readonly_root_filesystem=True)


def worker_task_definition(
    scope: Construct, *, spec: ServiceSpec, image: Image, stop_seconds: int
) -> ecs.TaskDefinition:
    """Create the task definition of a worker: no port, and a health check only if the spec has a command for it.

    Args:
        scope: The parent construct.
        spec: The service.
        image: The container image.
        stop_seconds: Seconds between SIGTERM and SIGKILL, up to 120 on Fargate.

    Raises:
        UnsupportedSpecError: Fargate does not support the combination of CPU and memory.
    """
    definition = _task_definition(
        scope,
        spec,
        image,
        ecs.Compatibility.FARGATE,
        health_check=_health_check(spec),
        command=list(spec.command) or None,
        readonly_root_filesystem=True,
    )
    resource = cast("ecs.CfnTaskDefinition", definition.node.default_child)
    resource.add_property_override("ContainerDefinitions.0.StopTimeout", stop_seconds)
    return definition


def _task_definition(
    scope: Construct, spec: ServiceSpec, image: Image, compatibility: ecs.Compatibility, **container_options: Any
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
    version = image.version(definition, spec.architecture)
    definition.add_container(
        CONTAINER_NAME,
        image=image.for_ecs(definition, spec.architecture),
        environment=container_environment(spec, resource_attributes(scope, platform="aws_ecs", version=version)),
        linux_parameters=_linux_parameters(definition, spec),
        # Log lines that cannot be delivered are dropped: logging must never block a request.
        logging=ecs.LogDriver.aws_logs(
            log_group=log_group(definition), stream_prefix=spec.name, mode=ecs.AwsLogDriverMode.NON_BLOCKING
        ),
        stop_timeout=cdk.Duration.seconds(STOP_SECONDS),
        user=USER,
        **container_options,
    )
    _add_secrets(definition, spec)
    # AWS documents the condition for task roles, but not for execution roles.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    restrict_trust(definition.task_role, service="ecs", resource="*")
    grant_tracing(definition.task_role, spec)
    _acknowledge(definition)
    return definition


def _add_secrets(definition: ecs.TaskDefinition, spec: ServiceSpec) -> None:
    """Let ECS set the secrets as environment variables, with permission to read these alone.

    The CDK's own argument would also allow the role to describe secrets and to read the history of parameters.
    """
    if not spec.secrets:
        return
    grant_read_secrets(definition.obtain_execution_role(), spec)
    variables = [{"Name": name, "ValueFrom": value} for name, value in spec.secrets.items()]
    resource = cast("ecs.CfnTaskDefinition", definition.node.default_child)
    resource.add_property_override("ContainerDefinitions.0.Secrets", variables)


def _linux_parameters(scope: Construct, spec: ServiceSpec) -> ecs.LinuxParameters:
    """Return parameters with an init process, without capabilities, and with the writable directories in memory.

    The init process reaps children and forwards signals. Files in these directories count as memory of the task.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
    """
    parameters = ecs.LinuxParameters(scope, "Linux", init_process_enabled=True)
    parameters.drop_capabilities(ecs.Capability.ALL)
    for path in spec.writable_paths:
        parameters.add_tmpfs(ecs.Tmpfs(container_path=path, size=WRITABLE_MIB))
    return parameters


def _acknowledge(definition: ecs.TaskDefinition) -> None:
    acknowledge(
        definition, "AwsSolutions-ECS2", "the variables hold names; the service reads secrets with its task role"
    )
    acknowledge_image_pull(definition.obtain_execution_role())
