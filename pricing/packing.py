"""Bin packing: the instances that AWS starts for replicas, and how many replicas fit on each."""

import math
from dataclasses import dataclass
from functools import cached_property

from deployment.errors import ActionableError
from pricing.prices import InstanceType, PriceList

# Reserved on each instance for the operating system and the platform's agents.
_RESERVED_VCPUS, _RESERVED_MIB = 0.1, 768
# AWS selects the cheapest suitable instances and names no type; it excludes burstable types and single vCPUs.
# https://docs.aws.amazon.com/eks/latest/userguide/automode-learn-instances.html
_FAMILIES, _MIN_VCPUS = ("c", "m", "r"), 2


@dataclass(frozen=True, kw_only=True)
class ResourceRequest:
    """The vCPUs and memory that tasks or pods of one size request.

    Attributes:
        count: number of such tasks or pods; always 1 for the service, whose replicas are counted later.
        vcpus: requested by each.
        memory_mib: requested by each, in MiB.
    """

    count: int = 1
    vcpus: float
    memory_mib: float


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Instances of one type, filled by resource requests.

    Attributes:
        instance_type: such as "c6a.large".
        allocatable_vcpus: vCPUs of one instance that tasks or pods can request.
        allocatable_mib: MiB of one instance that tasks or pods can request.
        replica: request of one replica of the service; None if replicas run elsewhere.
        add_ons: requests of the pods that always run on these instances.
        zones: Availability Zones that tasks or pods are spread over, and so the minimum number of instances.
    """

    instance_type: str
    allocatable_vcpus: float
    allocatable_mib: float
    replica: ResourceRequest | None
    add_ons: tuple[ResourceRequest, ...]
    zones: int

    def instances(self, replicas: int) -> int:
        """Return the number of instances for that many replicas: never fewer for more replicas."""
        mine = replicas if self.replica else 0
        free = [self._room(vcpus, mib) for vcpus, mib in self._add_on_usage]
        further = max(0, mine - sum(free))
        spread = min(self.zones, mine + sum(add_on.count for add_on in self.add_ons))
        empty = self._room(0, 0)
        return max(spread, len(free) + (math.ceil(further / empty) if further else 0))

    @property
    def replicas_per_instance(self) -> int:
        """Replicas that fit on one instance, beside the add-ons that always run there."""
        replicas = 0
        while self.instances(replicas + 1) <= self.zones:
            replicas += 1
        return replicas // self.zones

    def on(self, instance_type: InstanceType) -> "Packing":
        """Return the packing of the replicas alone on another instance type."""
        return _packing(instance_type, self.replica, (), 1)

    def _room(self, vcpus: float, mib: float) -> int:
        """Replicas that still fit on an instance of which that much is in use."""
        if not self.replica:
            return 0
        by_vcpus = (self.allocatable_vcpus - vcpus) / self.replica.vcpus
        return math.floor(min(by_vcpus, (self.allocatable_mib - mib) / self.replica.memory_mib) + 1e-9)

    @cached_property
    def _add_on_usage(self) -> list[tuple[float, float]]:
        """VCPUs and MiB that add-ons use of each instance: one instance per zone, then where most is free."""
        instances: list[tuple[float, float]] = []
        for pod in (each for each in self.add_ons for _ in range(each.count)):
            filled = [(vcpus + pod.vcpus, mib + pod.memory_mib) for vcpus, mib in instances]
            fitting = [
                index
                for index, (vcpus, mib) in enumerate(filled)
                if vcpus <= self.allocatable_vcpus + 1e-9 and mib <= self.allocatable_mib
            ]
            if len(instances) < self.zones or not fitting:
                instances.append((pod.vcpus, pod.memory_mib))
            else:
                index = min(fitting, key=instances.__getitem__)
                instances[index] = filled[index]
        return instances


def cheapest_packing(
    prices: PriceList,
    architecture: str,
    replica: ResourceRequest | None,
    add_ons: tuple[ResourceRequest, ...],
    zones: int,
    replicas: int,
) -> Packing:
    """Return the packing on the instance type that costs least for that many replicas.

    Raises:
        ActionableError: no type of the price list is large enough for one replica.
    """
    packings = [
        _packing(found, replica, add_ons, zones)
        for found in prices.instance_types
        if found.architecture == architecture and found.name.startswith(_FAMILIES) and found.vcpus >= _MIN_VCPUS
    ]
    fitting = [packing for packing in packings if _fits(packing)]
    if not fitting:
        raise ActionableError(
            f"no {architecture} instance type of the price list fits {replica}",
            "pricing/prices.json only has smaller types",
            "add a larger type with its price",
        )
    return min(
        fitting, key=lambda packing: packing.instances(replicas) * prices.usd(f"ec2-{packing.instance_type}-hour")
    )


def _packing(
    instance_type: InstanceType, replica: ResourceRequest | None, add_ons: tuple[ResourceRequest, ...], zones: int
) -> Packing:
    return Packing(
        instance_type=instance_type.name,
        allocatable_vcpus=instance_type.vcpus - _RESERVED_VCPUS,
        allocatable_mib=instance_type.memory_mib - _RESERVED_MIB,
        replica=replica,
        add_ons=add_ons,
        zones=zones,
    )


def _fits(packing: Packing) -> bool:
    requests = [request for request in (packing.replica, *packing.add_ons) if request]
    return all(
        request.vcpus <= packing.allocatable_vcpus and request.memory_mib <= packing.allocatable_mib
        for request in requests
    )
