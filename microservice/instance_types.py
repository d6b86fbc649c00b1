"""EC2 instance types: the default for a service, validation, and CPU utilization of the instance."""

import dataclasses

from aws_cdk import aws_ec2 as ec2

from .errors import UnsupportedSpecError
from .spec import ServiceSpec
from .validation import require_min_instances

# Memory of the operating system, three agents, and dnf during the first boot.
_SYSTEM_MIB = 768


@dataclasses.dataclass(frozen=True, kw_only=True)
class InstanceType:
    """An EC2 instance type with its size, which the CDK cannot look up without credentials.

    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html

    Attributes:
        name: Name of the instance type, such as `m7g.large`.
        cpus: Number of vCPUs.
        memory_mib: Memory in MiB.

    Example:
        instance_type = InstanceType(name="m7g.large", cpus=2, memory_mib=8192)
    """

    name: str
    cpus: int
    memory_mib: int


_BURSTABLE = [("micro", 2, 1024), ("small", 2, 2048), ("medium", 2, 4096), ("large", 2, 8192)]
_GENERAL = [("xlarge", 4, 16384), ("2xlarge", 8, 32768), ("4xlarge", 16, 65536), ("8xlarge", 32, 131072)]
_FAMILIES = {"x86_64": ("t3", "m6i"), "arm64": ("t4g", "m6g")}


def default_instance_type(spec: ServiceSpec) -> InstanceType:
    """Return the smallest common instance type that fits one replica; burstable types up to 8 GiB."""
    burstable, general = _FAMILIES[spec.architecture]
    sizes = [(burstable, *size) for size in _BURSTABLE] + [(general, *size) for size in _GENERAL]
    types = [InstanceType(name=f"{family}.{size}", cpus=cpus, memory_mib=mib) for family, size, cpus, mib in sizes]
    return next(instance_type for instance_type in types if _fits(instance_type, spec))


def validate_instance_type(spec: ServiceSpec, instance_type: InstanceType) -> None:
    """Check that one replica fits on an instance type.

    Raises:
        UnsupportedSpecError: `min_instances` is 0, or the instance type has too few vCPUs, too little memory, or
            another architecture.
    """
    require_min_instances(spec, "EC2 targets")
    name = instance_type.name
    arm64 = ec2.InstanceType(name).architecture == ec2.InstanceArchitecture.ARM_64
    if arm64 != (spec.architecture == "arm64"):
        allowed = "'arm64'" if arm64 else "'x86_64'"
        raise _unsupported(spec, "architecture", name, allowed, "Choose an instance type of that architecture.")
    if spec.cpu > instance_type.cpus * 1024:
        raise _unsupported(spec, "cpu", name, f"128 to {instance_type.cpus * 1024}", "Choose a larger instance type.")
    if not _fits(instance_type, spec):
        allowed = f"128 to {instance_type.memory_mib - _SYSTEM_MIB}; the system needs {_SYSTEM_MIB}"
        raise _unsupported(spec, "memory_mib", name, allowed, "Choose a larger instance type.")


def instance_target_utilization(spec: ServiceSpec, instance_type: InstanceType) -> float:
    """Return the CPU utilization of the instance, in percent, when its replica is at `target_cpu_percent`.

    EC2 measures the whole instance, of which the replica may use a part: a quarter of one of two vCPUs never reaches
    60 percent.
    """
    return round(spec.target_cpu_percent * spec.cpu / (instance_type.cpus * 1024), 2)


def _unsupported(spec: ServiceSpec, field: str, instance_type: str, allowed: str, fix: str) -> UnsupportedSpecError:
    return UnsupportedSpecError(
        service=spec.name,
        platform="EC2 targets",
        field=field,
        value=getattr(spec, field),
        detail=f"on {instance_type}",
        allowed=allowed,
        fix=fix,
    )


def _fits(instance_type: InstanceType, spec: ServiceSpec) -> bool:
    return spec.cpu <= instance_type.cpus * 1024 and spec.memory_mib + _SYSTEM_MIB <= instance_type.memory_mib
