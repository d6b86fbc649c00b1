"""Which EC2 instance one copy of a service needs, where every copy has an instance of its own."""

import dataclasses
from collections.abc import Iterator

from aws_cdk import aws_ec2 as ec2

from .spec import ServiceSpec

_GIB = 1024
# What the system, its container engine and the platform's agents need for themselves.
_SYSTEM_MIB = 384
# Size -> (vCPUs, memory in GiB), the cheapest first: a burstable family, then one whose processors never slow down.
# https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html
_SIZES = {
    "{burstable}.micro": (2, 1),
    "{burstable}.small": (2, 2),
    "{burstable}.medium": (2, 4),
    "{burstable}.large": (2, 8),
    "{burstable}.xlarge": (4, 16),
    "{burstable}.2xlarge": (8, 32),
    "{steady}.4xlarge": (16, 64),
    "{steady}.8xlarge": (32, 128),
}
_FAMILIES = {
    "x86_64": {"burstable": "t3", "steady": "m6i"},
    "arm64": {"burstable": "t4g", "steady": "m6g"},
}
_ARCHITECTURES = {"x86_64": ec2.InstanceArchitecture.X86_64, "arm64": ec2.InstanceArchitecture.ARM_64}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Machine:
    """An EC2 instance type and what it has.

    Attributes:
        instance_type: AWS's name of it, such as `c7g.large`.
        vcpus: How many processors it shows, 1 or more.
        memory_mib: Its memory in MiB.
    """

    instance_type: str
    vcpus: int
    memory_mib: int


def machine_for(spec: ServiceSpec) -> Machine:
    """The cheapest of AWS's usual instances that holds one copy, of the service's architecture."""
    return next(machine for machine in _machines(spec.architecture) if not list(_faults(spec, machine)))


def refuse_what_does_not_fit(spec: ServiceSpec, machine: Machine) -> None:
    """Let through a service that runs on instances of its own, one copy on each.

    Raises:
        ValueError: if no copy is to run all the time, or `machine` has too few processors, too little memory or another
            architecture.
    """
    if spec.min_instances == 0:
        fix = "keep one running, for nothing starts an instance when a request comes, or take Lambda"
        raise _refusal(spec, "EC2 instances", "min_instances is 0", "1 to 1000", fix)
    for fault, allowed, fix in _faults(spec, machine):
        raise _refusal(spec, machine.instance_type, fault, allowed, fix)


def _machines(architecture: str) -> Iterator[Machine]:
    for name, (vcpus, memory_gib) in _SIZES.items():
        instance_type = name.format(**_FAMILIES[architecture])
        yield Machine(instance_type=instance_type, vcpus=vcpus, memory_mib=memory_gib * _GIB)


def _faults(spec: ServiceSpec, machine: Machine) -> Iterator[tuple[str, str, str]]:
    if ec2.InstanceType(machine.instance_type).architecture != _ARCHITECTURES[spec.architecture]:
        yield f"architecture is {spec.architecture!r}", "that of the instance type", "take a type of that architecture"
    if spec.cpu > machine.vcpus * 1024:
        yield f"cpu is {spec.cpu}", f"up to {machine.vcpus * 1024}", "take a larger type"
    if spec.memory_mib > (most := machine.memory_mib - _SYSTEM_MIB):
        yield f"memory_mib is {spec.memory_mib}", f"up to {most}", "take a larger type"


def _refusal(spec: ServiceSpec, where: str, fault: str, allowed: str, fix: str) -> ValueError:
    return ValueError(f"service {spec.name!r} cannot run on {where}: {fault}; allowed: {allowed}; fix: {fix}")
