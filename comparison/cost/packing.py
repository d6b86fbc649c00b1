"""How many machines hold how many copies, where AWS starts machines for them."""

import math
from dataclasses import dataclass

from comparison.cost.prices import InstanceType, PriceList
from local_aws.errors import LocalAwsError

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
        tenants = mine + sum(pods.count for pods in self.others)
        vcpus = sum(pods.count * pods.vcpus for pods in self.others) + (mine * self.copy.vcpus if self.copy else 0)
        mib = sum(pods.count * pods.memory_mib for pods in self.others)
        mib += mine * self.copy.memory_mib if self.copy else 0
        return max(
            min(self.zones, tenants), math.ceil(vcpus / self.usable_vcpus - 1e-9), math.ceil(mib / self.usable_mib)
        )


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
        LocalAwsError: no type with a price is large enough for one copy.
    """
    packings = [
        _on(found, copy, others, zones)
        for found in prices.instance_types
        if found.architecture == architecture and found.name.startswith(_FAMILIES) and found.vcpus >= _FEWEST_VCPUS
    ]
    fitting = [packing for packing in packings if _fits(packing)]
    if not fitting:
        raise LocalAwsError(
            f"no {architecture} instance type of the price list holds {copy}",
            "comparison/cost/prices.json has small types only",
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
