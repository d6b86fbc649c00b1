"""What a copy lies on: an instance of its own, one that it shares, or a machine of AWS's, and what of it is paid."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from comparison.templates import Template
from comparison.templates.machines import machine_type
from pricing.packing import Packing
from pricing.prices import InstanceType, PriceList
from pricing.profile import Profile

# Units of memory, one a GiB, that a copy is billed by where it is not billed by the instance.
_MEMORY = ("-gb-hour", "-gb-second")


@dataclass(frozen=True, kw_only=True)
class Machines:
    """The machines of one target.

    Attributes:
        type: instance type; "" where machines are AWS's own.
        architecture: "x86_64" or "arm64", by the type; "" where machines are AWS's own.
        mib: MiB of one instance; None where machines are AWS's own.
        picked: whether AWS picks the type; assumed is the cheapest that holds a copy.
        copies: that lie on one instance at most; None where machines are AWS's own.
        would_fit: copies of that size that ECS or EKS would put on an instance of that type; None where it is the same.
        fewest: copies that the template always runs.
        paid_mib: MiB that are paid for each of these.
        paid_full_mib: MiB that are paid for a copy where instances are full; None where it is the same.
    """

    type: str = ""
    architecture: str = ""
    mib: float | None = None
    picked: bool = False
    copies: int | None = None
    would_fit: int | None = None
    fewest: int
    paid_mib: float
    paid_full_mib: float | None = None


def machines(profile: Profile, template: Template, packed: Packing | None, prices: PriceList) -> Machines:
    """Return what a target's copies lie on; `packed` is how AWS fills instances with copies of that size, if it does.

    Raises:
        ActionableError: the price list does not know the instance type.
    """
    capacity = profile.capacity
    fewest, own = capacity.min_copies, machine_type(template)
    if own:
        return _of_your_own(prices.instance_type(own), fewest, packed, prices)
    if capacity.packing and capacity.packing.copy:
        return _shared(capacity.packing, fewest, prices)
    gib = (line.factor for line in profile.lines if line.price.endswith(_MEMORY) and not line.shared)
    return Machines(fewest=fewest, paid_mib=1024 * next(gib, capacity.memory_mib / 1024))


def packing(profiles: Iterable[Profile]) -> Packing | None:
    """Return how AWS fills instances with nothing but copies, of the targets where it does; None without any."""
    found = [each.capacity.packing for each in profiles]
    with_copies = [each for each in found if each and each.copy]
    return min(with_copies, key=lambda each: len(each.others), default=None)


def _of_your_own(kind: InstanceType, fewest: int, packed: Packing | None, prices: PriceList) -> Machines:
    mib = kind.memory_gib * 1024
    return Machines(
        type=kind.name,
        architecture=kind.architecture,
        mib=mib,
        copies=1,
        would_fit=_room(_moved(packed, kind, prices)) if packed else None,
        fewest=fewest,
        paid_mib=mib,
    )


def _shared(packing: Packing, fewest: int, prices: PriceList) -> Machines:
    kind, copies = prices.instance_type(packing.machine), _room(packing)
    mib = kind.memory_gib * 1024
    return Machines(
        type=kind.name,
        architecture=kind.architecture,
        mib=mib,
        picked=True,
        copies=copies,
        fewest=fewest,
        paid_mib=packing.machines(fewest) * mib / max(fewest, 1),
        paid_full_mib=mib / copies,
    )


def _moved(packed: Packing, kind: InstanceType, prices: PriceList) -> Packing:
    """The same on another type, where the operating system keeps as much as it does on the first."""
    first = prices.instance_type(packed.machine)
    return replace(
        packed,
        machine=kind.name,
        usable_vcpus=kind.vcpus - (first.vcpus - packed.usable_vcpus),
        usable_mib=kind.memory_gib * 1024 - (first.memory_gib * 1024 - packed.usable_mib),
        others=(),
        zones=1,
    )


def _room(packing: Packing) -> int:
    """How many copies one instance holds, beside what lies on each instance always."""
    copies = 0
    while packing.machines(copies + 1) <= packing.zones:
        copies += 1
    return copies // packing.zones
