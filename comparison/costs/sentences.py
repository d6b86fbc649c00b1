"""What the figures say, in sentences with their assumptions."""

import dataclasses
from collections.abc import Iterator

from comparison.costs.changes import thresholds, thresholds_of_all
from comparison.wording import dollars, dollars_or_none, rate
from pricing.answer import ASSUMPTIONS, Answer, count
from pricing.estimate import Estimate
from pricing.load import Load


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
    yield thresholds_of_all(answer)
    if answer.ranges_open != answer.ranges:
        yield f"without those that are closed to new customers: {thresholds(answer)}"


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
            f"beside every target, alike for all: {dollars(watching)} a month for spans and alarms,"
            f" {dollars(rest)} for the workflow of {orders:,.1f} million orders"
        )


def of_types(answer: Answer) -> str:
    """Return how many types of resource have a price, and name those that have none."""
    counted = count(answer.types)
    names = [type_ for type_, kind in answer.types.items() if kind == "unpriced"]
    text = f"{counted['priced']} types of resources have a price rule, {counted['free']} cost nothing by themselves"
    return f"{text}; not priced: {', '.join(names) or 'none'}"


def inputs(load: Load) -> Iterator[tuple[str, str]]:
    """Yield what is assumed of the load, field by field: in words, and its value."""
    for each in dataclasses.fields(load):
        value = getattr(load, each.name)
        yield each.metadata["text"].partition(";")[0], "as the templates say" if value is None else f"{value:,g}"


def of_target(answer: Answer, target: str) -> Iterator[str]:
    """Yield what a reader must know of a target's figures."""
    for each in answer.profiles:
        if each.target == target:
            yield from (note for note in (each.closed, *each.notes, *each.unpriced) if note)


def of_targets(answer: Answer) -> Iterator[str]:
    """Yield what a reader must know of some target's figures, under its name."""
    for each in answer.profiles:
        yield from (f"{each.target}: {note}" for note in of_target(answer, each.target))


def of_everything_assumed(answer: Answer) -> list[str]:
    """Return what a reader must know of the figures: notes on targets, what stands beside them, and the model's."""
    return [*of_targets(answer), *of_beside(answer), of_types(answer), *ASSUMPTIONS]


def _named(found: Estimate) -> str:
    return f"{found.target}, {dollars_or_none(found.usd)} a month"
