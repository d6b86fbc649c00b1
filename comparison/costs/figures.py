"""What follows from targets and a load."""

from typing import TypedDict

from pricing.crossovers import Crossover, cheapest, crossovers, curve, most, ranges
from pricing.estimate import Estimate, estimate
from pricing.load import Load
from pricing.profile import Profile


class Figures(TypedDict):
    """A part of `Answer`: what another size of the copies changes."""

    profiles: tuple[Profile, ...]
    estimates: tuple[Estimate, ...]
    cheapest: str | None
    cheapest_open: str | None
    most: float
    most_open: float
    ranges: tuple[tuple[float, str], ...]
    ranges_open: tuple[tuple[float, str], ...]
    crossovers: tuple[Crossover, ...]
    curves: dict[str, tuple[tuple[float, float], ...]]


def figures(profiles: tuple[Profile, ...], load: Load) -> Figures:
    """Compute them; fields of the same names in `Answer` say what they are."""
    for_all = [each for each in profiles if not each.closed]
    highest = most(profiles, load)
    return Figures(
        profiles=profiles,
        estimates=tuple(estimate(each, load) for each in profiles),
        cheapest=cheapest(profiles, load),
        cheapest_open=cheapest(for_all, load),
        most=highest,
        most_open=most(for_all, load),
        ranges=tuple(ranges(profiles, load)),
        ranges_open=tuple(ranges(for_all, load)),
        crossovers=tuple(crossovers(profiles, load)),
        curves={each.target: tuple(curve(each, load, highest)) for each in profiles},
    )
