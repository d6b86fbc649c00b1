"""EFS file systems in the container of an ECS service."""

import re
from collections.abc import Mapping

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam

from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec


def mount_file_systems(
    service: ecs.FargateService, spec: ServiceSpec, file_systems: Mapping[str, efs.IAccessPoint]
) -> None:
    """Mount EFS access points in the container of a service, encrypted in transit and with the task role's permission.

    The root of the container stays read-only. Files outlive the tasks, and all tasks share them.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html

    Args:
        service: The ECS service.
        spec: The service's specification.
        file_systems: Path in the container -> access point, with its file system.

    Raises:
        UnsupportedSpecError: A path is not absolute or belongs to `writable_paths`, or an access point was imported
            without its file system.
    """
    definition = service.task_definition
    container = definition.default_container
    assert container is not None  # noqa: S101 - `service_task_definition` adds it
    for number, (path, access_point) in enumerate(file_systems.items(), 1):
        _require_own_path(spec, path)
        file_system = _file_system(spec, path, access_point)
        volume = f"file-system-{number}"
        definition.add_volume(
            name=volume,
            efs_volume_configuration=ecs.EfsVolumeConfiguration(
                file_system_id=file_system.file_system_id,
                transit_encryption="ENABLED",
                authorization_config=ecs.AuthorizationConfig(
                    access_point_id=access_point.access_point_id, iam="ENABLED"
                ),
            ),
        )
        container.add_mount_points(ecs.MountPoint(container_path=path, source_volume=volume, read_only=False))
        _grant(definition.task_role, file_system, access_point)
        service.connections.allow_to_default_port(file_system, f"Files of {spec.name}")
        service.node.add_dependency(file_system.mount_targets_available)


def _require_own_path(spec: ServiceSpec, path: str) -> None:
    taken = any(f"{path}/".startswith(f"{each}/") or f"{each}/".startswith(f"{path}/") for each in spec.writable_paths)
    if taken or not re.fullmatch(r"(/[\w.@+-]+)+", path, re.ASCII):
        raise UnsupportedSpecError(
            service=spec.name,
            platform="ECS",
            field="file_systems",
            value=path,
            allowed="absolute paths outside writable_paths",
            fix='Set a directory such as "/data".',
        )


def _file_system(spec: ServiceSpec, path: str, access_point: efs.IAccessPoint) -> efs.IFileSystem:
    try:
        return access_point.file_system
    except RuntimeError:  # of an access point that was imported by its ID alone
        raise UnsupportedSpecError(
            service=spec.name,
            platform="ECS",
            field=f"file_systems[{path!r}]",
            value=access_point.node.path,
            allowed="an access point with its file system",
            fix="Import it with efs.AccessPoint.from_access_point_attributes and file_system.",
        ) from None


def _grant(role: iam.IRole, file_system: efs.IFileSystem, access_point: efs.IAccessPoint) -> None:
    """Allow to read and write through the access point alone.

    https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
    """
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            resources=[file_system.file_system_arn],
            conditions={"StringEquals": {"elasticfilesystem:AccessPointArn": access_point.access_point_arn}},
        )
    )
