"""Sidecars in the tasks of an ECS service."""

import re
from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs

from ..defaults import STOP_SECONDS, WRITABLE_MIB
from ..ecr_repository import repository
from ..sidecars import Sidecar, rest_of, validate_sidecars
from ..spec import ServiceSpec


def add_sidecars(definition: ecs.TaskDefinition, spec: ServiceSpec, sidecars: Sequence[Sidecar]) -> None:
    """Add containers to a task definition: not as root, without capabilities, with a read-only root file system.

    They start before the container of the service, and stop after it. Their logs are in its log group.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_dependson

    Args:
        definition: The task definition of the service.
        spec: The service; its size is that of the task.
        sidecars: The containers.

    Raises:
        UnsupportedSpecError: Two containers have one name or port, or they take more than half of the task.
    """
    if not sidecars:
        return
    validate_sidecars(spec, sidecars, "ECS")
    main = definition.default_container
    assert main is not None  # noqa: S101 - `service_task_definition` adds it
    for sidecar in sidecars:
        container = _container(definition, sidecar)
        main.add_container_dependencies(
            ecs.ContainerDependency(container=container, condition=ecs.ContainerDependencyCondition.START)
        )
    cpu, memory_mib = rest_of(spec, sidecars)
    resource = cast("ecs.CfnTaskDefinition", definition.node.default_child)
    resource.add_property_override("ContainerDefinitions.0.Cpu", cpu)
    # On instances, a container without a limit of its own needs the reservation beside others with one.
    resource.add_property_override("ContainerDefinitions.0.MemoryReservation", memory_mib)


def _container(definition: ecs.TaskDefinition, sidecar: Sidecar) -> ecs.ContainerDefinition:
    linux = ecs.LinuxParameters(definition, f"Linux-{sidecar.name}", init_process_enabled=True)
    linux.drop_capabilities(ecs.Capability.ALL)
    for path in sidecar.writable_paths:
        linux.add_tmpfs(ecs.Tmpfs(container_path=path, size=WRITABLE_MIB))
    group = cast("logs.ILogGroup", definition.node.find_child("Logs"))
    return definition.add_container(
        f"Sidecar-{sidecar.name}",
        container_name=sidecar.name,
        image=_image(definition, sidecar),
        cpu=sidecar.cpu,
        memory_limit_mib=sidecar.memory_mib,
        essential=sidecar.essential,
        command=list(sidecar.command) or None,
        environment=dict(sidecar.environment) or None,
        user=sidecar.user,
        readonly_root_filesystem=True,
        linux_parameters=linux,
        logging=ecs.LogDriver.aws_logs(
            log_group=group, stream_prefix=sidecar.name, mode=ecs.AwsLogDriverMode.NON_BLOCKING
        ),
        stop_timeout=cdk.Duration.seconds(STOP_SECONDS),
    )


def _image(definition: ecs.TaskDefinition, sidecar: Sidecar) -> ecs.ContainerImage:
    """Return the image, with the permission to pull it from ECR."""
    address, at, digest = sidecar.image.partition("@")
    name, _, tag = address.partition(":")
    if not re.match(r"\d{12}\.dkr\.ecr\.", name):
        return ecs.ContainerImage.from_registry(sidecar.image)
    found = repository(name="", arn="", uri=name).in_stack(definition, f"Repository-{sidecar.name}")
    return ecs.ContainerImage.from_ecr_repository(found, digest if at else tag)
