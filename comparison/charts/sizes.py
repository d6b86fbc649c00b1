"""The answer again for copies of another size: what a chart of that size is drawn from."""

from dataclasses import replace

from comparison.cost.crossovers import cheapest, crossovers, curve, most, ranges
from comparison.cost.estimate import estimate
from comparison.cost.sizes import Size
from comparison.facts.costs import Costs


def at_size(costs: Costs, size: Size) -> Costs:
    """Return the answer for the same load and the targets of that size; the same one where these are its own."""
    profiles, load = size.profiles, costs.load
    if profiles == costs.profiles:
        return costs
    for_all = [each for each in profiles if not each.closed]
    highest = most(profiles, load)
    return replace(
        costs,
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
