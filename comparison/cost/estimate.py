"""What targets cost for a load, and where one becomes cheaper than another."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from comparison.cost.load import Load
from comparison.cost.profile import Profile

POINTS_A_DECADE = 20
_LOWEST, _HIGHEST = 0.001, 1e6
_PRECISION = 1e-6
_SURPLUS = 1e-9


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
        split: the parts of `usd`, in the order of the templates; of `idle_usd` where it cannot carry the load.
        idle_split: the parts of `idle_usd`.
    """

    target: str
    why_not: str
    copies: int
    counted: str
    usd: float | None
    idle_usd: float
    split: tuple[Amount, ...]
    idle_split: tuple[Amount, ...]


@dataclass(frozen=True, kw_only=True)
class Crossover:
    """Where two targets change places.

    Attributes:
        requests_per_second: the load, to six digits.
        below: the cheaper one under it.
        above: the cheaper one over it.
        usd: what `above` costs there.
    """

    requests_per_second: float
    below: str
    above: str
    usd: float


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
        split=idle_split if why_not else tuple(_split(profile, load)),
        idle_split=idle_split,
    )


def cheapest(profiles: Sequence[Profile], load: Load) -> str | None:
    """Return the target that carries the load for least; None if none can. The first of equals."""
    able = [profile for profile in profiles if not profile.capacity.why_not(load)]
    return min(able, key=lambda profile: monthly(profile, load)).target if able else None


def most(profiles: Sequence[Profile], load: Load) -> float:
    """Return the requests a second above which no template carries the load, to six digits; 0 if none carries any."""
    return max((_most(profile, load) for profile in profiles), default=0)


def curve(profile: Profile, load: Load, highest: float) -> list[tuple[float, float]]:
    """Return requests a second and US dollars a month, evenly spaced by ratio, as far as the template carries them."""
    return [
        (rate, monthly(profile, load.at(rate)))
        for rate in _rates(highest)
        if not profile.capacity.why_not(load.at(rate))
    ]


def ranges(profiles: Sequence[Profile], load: Load) -> list[tuple[float, str]]:
    """Return from which load on which target is cheapest, in rising order, up to what any template carries."""
    rates = [0.0, *_rates(most(profiles, load))]
    found = [(0.0, cheapest(profiles, load.at(0)) or "")]
    for low, high in itertools.pairwise(rates):
        while found[-1][1] != (cheapest(profiles, load.at(high)) or ""):
            edge = _edge(low, high, partial(_is_cheapest, profiles, load, found[-1][1]))
            low = edge * (1 + 2 * _PRECISION)
            found.append((edge, cheapest(profiles, load.at(low)) or ""))
    return found


def crossovers(profiles: Sequence[Profile], load: Load) -> list[Crossover]:
    """Return every load at which one of two targets becomes cheaper than the other, while both carry it."""
    found = [each for one, other in itertools.combinations(profiles, 2) for each in _between(one, other, load)]
    return sorted(found, key=lambda each: (each.requests_per_second, each.below, each.above))


def _between(one: Profile, other: Profile, load: Load) -> Iterator[Crossover]:
    rates = [0.0, *_rates(min(_most(one, load), _most(other, load)))]

    def one_is_cheaper(rate: float) -> bool:
        return monthly(one, load.at(rate)) < monthly(other, load.at(rate)) - _SURPLUS

    def other_is_cheaper(rate: float) -> bool:
        return not one_is_cheaper(rate)

    for low, high in itertools.pairwise(rates):
        before = one_is_cheaper(low)
        if before != one_is_cheaper(high):
            edge = _edge(low, high, one_is_cheaper if before else other_is_cheaper)
            below, above = (one, other) if before else (other, one)
            yield Crossover(
                requests_per_second=edge,
                below=below.target,
                above=above.target,
                usd=monthly(above, load.at(edge)),
            )


def _is_cheapest(profiles: Sequence[Profile], load: Load, target: str, rate: float) -> bool:
    return (cheapest(profiles, load.at(rate)) or "") == target


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


def _most(profile: Profile, load: Load) -> float:
    def carries(rate: float) -> bool:
        return not profile.capacity.why_not(load.at(rate))

    if not carries(0):
        return 0
    return _edge(0, _HIGHEST, carries) if not carries(_HIGHEST) else _HIGHEST


def _rates(highest: float) -> list[float]:
    if highest <= _LOWEST:
        return [highest] if highest > 0 else []
    steps = math.floor(math.log10(highest / _LOWEST) * POINTS_A_DECADE)
    between = [_LOWEST * 10 ** (step / POINTS_A_DECADE) for step in range(steps + 1)]
    return [*(rate for rate in between if rate < highest), highest]


def _edge(low: float, high: float, holds: Callable[[float], bool]) -> float:
    """The largest number found at which something holds that does at `low` and does not at `high`, by bisection."""
    while high - low > _PRECISION * high:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
