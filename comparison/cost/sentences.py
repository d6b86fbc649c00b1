"""What the figures say, in sentences with their assumptions."""

import itertools
from collections.abc import Iterator

from comparison.cost.answer import Answer, count
from comparison.cost.estimate import Estimate


def of_load(answer: Answer) -> str:
    """Return what is carried, and by what size of the service where it is not the app's own."""
    load = answer.load
    size = "".join(f", {name}={value}" for name, value in answer.service.items())
    return (
        f"{rate(load.requests_per_second)} requests/s, {load.hours_a_day:g} h a day"
        f" ({load.requests / 1e6:,.1f} million a month), {load.cpu_seconds * 1000:g} ms CPU"
        f" and {load.wait_seconds * 1000:g} ms wait each{size}"
    )


def of_cheapest(answer: Answer) -> Iterator[str]:
    """Yield which target is cheapest, and of those that everybody can have."""
    if answer.cheapest is None:
        yield "no target's template can carry this load: try --service max_instances=100, cpu=… or memory_mib=…"
        return
    yield f"cheapest for this load: {_named(answer.estimate(answer.cheapest))}"
    if answer.cheapest_open and answer.cheapest_open != answer.cheapest:
        closed = next(each.closed for each in answer.profiles if each.target == answer.cheapest)
        yield f"{answer.cheapest} is {closed}; then {_named(answer.estimate(answer.cheapest_open))}"


def of_ranges(answer: Answer) -> Iterator[str]:
    """Yield which target is cheapest from which load on."""
    yield "cheapest by load: " + _ranges(answer, answer.ranges, answer.most)
    if answer.ranges_open != answer.ranges:
        yield "of those that everybody can have: " + _ranges(answer, answer.ranges_open, answer.most_open)


def of_refusals(answer: Answer) -> Iterator[str]:
    """Yield which templates cannot carry the load, and why, and which targets cannot run the service at all."""
    if answer.left_out:
        yield answer.left_out
    for each in answer.estimates:
        if each.why_not:
            yield f"{each.target} cannot carry it: {each.why_not}"


def of_beside(answer: Answer) -> Iterator[str]:
    """Yield what every target has beside it: how much of it is spans, and how much the workflow."""
    if answer.beside and answer.beside.usd:
        watching = sum(part.usd for part in answer.beside.split if part.group == "watching")
        orders = answer.load.requests * answer.load.table_writes / 1e6
        rest = answer.beside.usd - watching
        yield (
            f"beside every target, alike for all: ${watching:,.2f} for spans and alarms,"
            f" ${rest:,.2f} for the workflow of {orders:,.1f} million orders"
        )


def of_types(answer: Answer) -> str:
    """Return how many types of resource have a price, and name those that have none."""
    counted = count(answer.types)
    names = [type_ for type_, kind in answer.types.items() if kind == "unpriced"]
    text = f"{counted['priced']} types of resources priced, {counted['free']} free with a reason"
    return f"{text}, not priced: {', '.join(names) or 'none'}"


def rate(requests_per_second: float) -> str:
    """Return requests a second to three digits: "0.012", "8.64", "366"."""
    if requests_per_second >= 100:
        return f"{requests_per_second:,.0f}"
    return f"{requests_per_second:.3g}"


def _named(found: Estimate) -> str:
    return f"{found.target}, ${found.usd:,.2f} a month"


def _ranges(answer: Answer, ranges: tuple[tuple[float, str], ...], most: float) -> str:
    ends = [(target, end) for (_, target), (end, _) in itertools.pairwise(ranges)]
    parts = [f"{target} up to {rate(end)} requests/s{_its_most(answer, target, end)}" for target, end in ends]
    return ", ".join([*parts, f"{ranges[-1][1]} up to {rate(most)}, the most that a template carries"])


def _its_most(answer: Answer, target: str, end: float) -> str:
    [profile] = [each for each in answer.profiles if each.target == target]
    return " (its most)" if profile.capacity.why_not(answer.load.at(end * 1.001)) else ""
