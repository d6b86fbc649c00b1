"""What one target costs for a load, and of what that is made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pricing.load import Load
from pricing.profile import Profile


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A part of a bill.

    Attributes:
        item: what is billed.
        group: the column of a table that it belongs to.
        resource: logical id of what is billed.
        stack: its stack.
        shared: whether other targets use it, too.
        usd: US dollars a month.
    """

    item: str
    group: str
    resource: str
    stack: str
    shared: bool
    usd: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A month of one target.

    Attributes:
        target: the target's id.
        why_not: why its template cannot carry the load; "" when it can.
        copies: that run while there is load; what its template allows at most, where it cannot carry it.
        counted: what a copy is called there.
        usd: US dollars a month; None where it cannot carry the load.
        idle_usd: US dollars a month without a request.
        usage: what the month uses, by the drivers of the lines.
        split: the parts of `usd`, in the order of the templates; of `idle_usd` where it cannot carry the load.
        idle_split: the parts of `idle_usd`.
    """

    target: str
    why_not: str
    copies: int
    counted: str
    usd: float | None
    idle_usd: float
    usage: Mapping[str, float]
    split: tuple[Amount, ...]
    idle_split: tuple[Amount, ...]


def monthly(profile: Profile, load: Load) -> float:
    """Return US dollars a month, whether the template can carry the load or not."""
    usage = profile.capacity.usage(load)
    return sum(line.amount(usage) for line in profile.lines)


def estimate(profile: Profile, load: Load) -> Estimate:
    """Price a month of the load on one target."""
    why_not, idle = profile.capacity.why_not(load), load.at(0)
    idle_split = tuple(_split(profile, idle))
    return Estimate(
        target=profile.target,
        why_not=why_not,
        copies=profile.capacity.max_copies if why_not else profile.capacity.copies(load),
        counted=profile.capacity.counted,
        usd=None if why_not else monthly(profile, load),
        idle_usd=monthly(profile, idle),
        usage=profile.capacity.usage(load),
        split=idle_split if why_not else tuple(_split(profile, load)),
        idle_split=idle_split,
    )


def _split(profile: Profile, load: Load) -> Iterator[Amount]:
    usage = profile.capacity.usage(load)
    for line in profile.lines:
        yield Amount(
            item=line.item,
            group=line.group,
            resource=line.resource,
            stack=line.stack,
            shared=line.shared,
            usd=line.amount(usage),
        )
