"""How many machines hold how many copies, where AWS starts machines for them."""

import math
from dataclasses import dataclass
from functools import cached_property

from deployment.errors import ActionableError
from pricing.prices import InstanceType, PriceList

# What the operating system and its agents keep of each machine.
_SYSTEM_VCPUS, _SYSTEM_MIB = 0.1, 768
# AWS says that it takes what costs least and names no type; bursting ones and single processors it leaves out.
# https://docs.aws.amazon.com/eks/latest/userguide/automode-learn-instances.html
_FAMILIES, _FEWEST_VCPUS = ("c", "m", "r"), 2


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Things of one size that lie on machines.

    Attributes:
        count: how many; for the service, how many of it there are is asked later.
        vcpus: processors that one asks for.
        memory_mib: MiB that one asks for.
    """

    count: int
    vcpus: float
    memory_mib: float


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Machines of one type, filled by what their tenants ask for.

    Attributes:
        machine: instance type.
        usable_vcpus: processors of one machine that tenants can have.
        usable_mib: MiB of one machine that tenants can have.
        copy: what one copy of the service asks for; None where copies lie elsewhere.
        others: what lies there beside it, always.
        zones: availability zones that tenants are spread over: so many machines at least, while there are tenants.
    """

    machine: str
    usable_vcpus: float
    usable_mib: float
    copy: Pods | None
    others: tuple[Pods, ...]
    zones: int

    def machines(self, copies: int) -> int:
        """Return how many machines hold that many copies: no fewer for more copies."""
        mine = copies if self.copy else 0
        free = [self._room(vcpus, mib) for vcpus, mib in self._taken]
        further = max(0, mine - sum(free))
        spread = min(self.zones, mine + sum(pods.count for pods in self.others))
        each = self._room(0, 0)
        return max(spread, len(free) + (math.ceil(further / each) if further else 0))

    def _room(self, vcpus: float, mib: float) -> int:
        """How many copies a machine still holds of which so much is taken."""
        if not self.copy:
            return 0
        by_vcpus = (self.usable_vcpus - vcpus) / self.copy.vcpus
        return math.floor(min(by_vcpus, (self.usable_mib - mib) / self.copy.memory_mib) + 1e-9)

    def _holds(self, vcpus: float, mib: float) -> bool:
        return vcpus <= self.usable_vcpus + 1e-9 and mib <= self.usable_mib

    @cached_property
    def _taken(self) -> list[tuple[float, float]]:
        """What the others take of each machine: one in each zone, then where there is most room."""
        machines: list[tuple[float, float]] = []
        for pod in (each for each in self.others for _ in range(each.count)):
            filled = [(vcpus + pod.vcpus, mib + pod.memory_mib) for vcpus, mib in machines]
            fitting = [where for where, (vcpus, mib) in enumerate(filled) if self._holds(vcpus, mib)]
            if len(machines) < self.zones or not fitting:
                machines.append((pod.vcpus, pod.memory_mib))
            else:
                where = min(fitting, key=machines.__getitem__)
                machines[where] = filled[where]
        return machines


def cheapest_packing(
    prices: PriceList,
    architecture: str,
    copy: Pods | None,
    others: tuple[Pods, ...],
    zones: int,
    at_copies: int,
) -> Packing:
    """Return the packing on the instance type that costs least for that many copies.

    Raises:
        ActionableError: no type with a price is large enough for one copy.
    """
    packings = [
        _on(found, copy, others, zones)
        for found in prices.instance_types
        if found.architecture == architecture and found.name.startswith(_FAMILIES) and found.vcpus >= _FEWEST_VCPUS
    ]
    fitting = [packing for packing in packings if _fits(packing)]
    if not fitting:
        raise ActionableError(
            f"no {architecture} instance type of the price list holds {copy}",
            "pricing/prices.json has small types only",
            "add a larger one, with its price",
        )
    return min(fitting, key=lambda packing: packing.machines(at_copies) * prices.usd(f"ec2-{packing.machine}-hour"))


def _on(machine: InstanceType, copy: Pods | None, others: tuple[Pods, ...], zones: int) -> Packing:
    return Packing(
        machine=machine.name,
        usable_vcpus=machine.vcpus - _SYSTEM_VCPUS,
        usable_mib=machine.memory_gib * 1024 - _SYSTEM_MIB,
        copy=copy,
        others=others,
        zones=zones,
    )


def _fits(packing: Packing) -> bool:
    wanted = [pods for pods in (packing.copy, *packing.others) if pods]
    return all(pods.vcpus <= packing.usable_vcpus and pods.memory_mib <= packing.usable_mib for pods in wanted)
