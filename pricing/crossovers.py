"""Which target is cheapest for which load, and where two change places: computed, by bisection."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pricing.estimate import monthly
from pricing.load import Load
from pricing.profile import Profile

POINTS_A_DECADE = 20
"""Of requests a second, by ratio: two changes closer to each other are not told apart."""
_LOWEST, _HIGHEST = 0.001, 1e6
_PRECISION = 1e-6
_SURPLUS = 1e-9


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
