"""Which virtual machine carries one copy of a service."""

import dataclasses

from aws_cdk import aws_ec2 as ec2

from ..spec import ServiceSpec

# For the kernel, the system's services, three agents, and dnf during the first boot.
_SYSTEM_MIB = 768


@dataclasses.dataclass(frozen=True, kw_only=True)
class InstanceType:
    """An EC2 instance type with its figures, which nothing can look up without asking AWS.

    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html

    Attributes:
        instance_type: Its name, such as `m7g.large`.
        cpus: Its vCPUs.
        memory_mib: Its memory in MiB.
    """

    instance_type: str
    cpus: int
    memory_mib: int


_BURSTING = [("micro", 2, 1024), ("small", 2, 2048), ("medium", 2, 4096), ("large", 2, 8192)]
_STEADY = [("xlarge", 4, 16384), ("2xlarge", 8, 32768), ("4xlarge", 16, 65536), ("8xlarge", 32, 131072)]
_FAMILIES = {"x86_64": ("t3", "m6i"), "arm64": ("t4g", "m6g")}


def default_instance_type(spec: ServiceSpec) -> InstanceType:
    """The smallest that carries one copy beside its own system; what bursts costs more while it does."""
    bursting, steady = _FAMILIES[spec.architecture]
    sold = [(bursting, *size) for size in _BURSTING] + [(steady, *size) for size in _STEADY]
    machines = [
        InstanceType(instance_type=f"{family}.{size}", cpus=cpus, memory_mib=memory) for family, size, cpus, memory in sold
    ]
    return next(machine for machine in machines if _carries(machine, spec))


def validate_instance_type(spec: ServiceSpec, machine: InstanceType) -> None:
    """Let through a service that runs on such machines, one copy on each.

    Raises:
        ValueError: if nothing is to run all the time, or such a machine has too few processors, too little memory, or
            those of another architecture.
    """
    if spec.min_instances == 0:
        fix = "keep one running, for nothing here starts a machine when a request comes, or take Lambda"
        raise refusal(spec, "min_instances is 0", "1 to 1000", fix)
    name = machine.instance_type
    arm64 = ec2.InstanceType(name).architecture == ec2.InstanceArchitecture.ARM_64
    if arm64 != (spec.architecture == "arm64"):
        allowed = f"{'arm64' if arm64 else 'x86_64'!r} on {name}"
        raise refusal(spec, f"architecture is {spec.architecture!r}", allowed, "take a type of the other kind")
    if spec.cpu > machine.cpus * 1024:
        raise refusal(spec, f"cpu is {spec.cpu}", f"128 to {machine.cpus * 1024} on {name}", "take a larger one")
    if not _carries(machine, spec):
        most = machine.memory_mib - _SYSTEM_MIB
        allowed = f"128 to {most} on {name}, whose system needs {_SYSTEM_MIB}"
        raise refusal(spec, f"memory_mib is {spec.memory_mib}", allowed, "take a larger one")


def instance_target_utilization(spec: ServiceSpec, machine: InstanceType) -> float:
    """The load of the whole machine while its one copy has the load that `spec` aims at.

    EC2 measures the machine, of which the copy may have a share only: a target of 60 would never be reached by a
    quarter of one processor of two.
    """
    return round(spec.target_cpu_percent * spec.cpu / (machine.cpus * 1024), 2)


def refusal(spec: ServiceSpec, fault: str, allowed: str, fix: str) -> ValueError:
    """What says that virtual machines cannot run the service."""
    return ValueError(f"service {spec.name!r} cannot run on EC2: {fault}; allowed: {allowed}; fix: {fix}")


def _carries(machine: InstanceType, spec: ServiceSpec) -> bool:
    return spec.cpu <= machine.cpus * 1024 and spec.memory_mib + _SYSTEM_MIB <= machine.memory_mib
