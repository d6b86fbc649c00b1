"""What the figures say, in sentences with their assumptions."""

import dataclasses
from collections import Counter
from collections.abc import Iterator

from comparison.costs.changes import thresholds, thresholds_of_all
from comparison.wording import dollars, dollars_or_none, rate
from pricing.estimate import Estimate
from pricing.report import ASSUMPTIONS, CostReport
from pricing.usage import Usage


def of_load(report: CostReport) -> str:
    """Return what is carried, and by what size of the service where it is not the app's own."""
    usage = report.usage
    size = "".join(f", {name}={value}" for name, value in report.spec_overrides.items())
    return (
        f"{rate(usage.requests_per_second)} requests/s, {usage.hours_a_day:g} h a day"
        f" ({usage.requests / 1e6:,.1f} million a month), {usage.cpu_seconds * 1000:g} ms CPU"
        f" and {usage.wait_seconds * 1000:g} ms wait each{size}"
    )


def of_cheapest(report: CostReport) -> Iterator[str]:
    """Yield which target is cheapest, and of those that everybody can have."""
    if report.cheapest is None:
        yield "no target's template can carry this load: try --service max_instances=100, cpu=… or memory_mib=…"
        return
    yield f"cheapest for this load: {_named(report.estimate(report.cheapest))}"
    if report.cheapest_available and report.cheapest_available != report.cheapest:
        closed = next(each.closed_to_new_customers for each in report.cost_models if each.target == report.cheapest)
        yield f"{report.cheapest} is {closed}; then {_named(report.estimate(report.cheapest_available))}"


def of_ranges(report: CostReport) -> Iterator[str]:
    """Yield which target is cheapest from which load on."""
    yield thresholds_of_all(report)
    if report.ranges_available != report.ranges:
        yield f"without those that are closed to new customers: {thresholds(report)}"


def of_refusals(report: CostReport) -> Iterator[str]:
    """Yield which templates cannot carry the load, and why, and which targets cannot run the service at all."""
    if report.unsupported_target:
        yield report.unsupported_target
    for each in report.estimates:
        if each.unsupported_reason:
            yield f"{each.target} cannot carry it: {each.unsupported_reason}"


def of_shared_costs(report: CostReport) -> Iterator[str]:
    """Yield what every target has beside it: how much of it is spans, and how much the workflow."""
    if report.shared_costs and report.shared_costs.usd:
        watching = sum(part.usd for part in report.shared_costs.line_items if part.category == "watching")
        orders = report.usage.requests * report.usage.table_writes / 1e6
        rest = report.shared_costs.usd - watching
        yield (
            f"beside every target, alike for all: {dollars(watching)} a month for spans and alarms,"
            f" {dollars(rest)} for the workflow of {orders:,.1f} million orders"
        )


def of_types(report: CostReport) -> str:
    """Return how many types of resource have a price, and name those that have none."""
    counted = Counter(report.resource_types.values())
    names = [type_ for type_, kind in report.resource_types.items() if kind == "unpriced"]
    text = f"{counted['priced']} types of resources have a price rule, {counted['free']} cost nothing by themselves"
    return f"{text}; not priced: {', '.join(names) or 'none'}"


def inputs(usage: Usage) -> Iterator[tuple[str, str]]:
    """Yield what is assumed of the load, field by field: in words, and its value."""
    for each in dataclasses.fields(usage):
        value = getattr(usage, each.name)
        yield each.metadata["text"].partition(";")[0], "as the templates say" if value is None else f"{value:,g}"


def of_target(report: CostReport, target: str) -> Iterator[str]:
    """Yield what a reader must know of a target's figures."""
    for each in report.cost_models:
        if each.target == target:
            yield from (note for note in (each.closed_to_new_customers, *each.notes, *each.unpriced) if note)


def of_targets(report: CostReport) -> Iterator[str]:
    """Yield what a reader must know of some target's figures, under its name."""
    for each in report.cost_models:
        yield from (f"{each.target}: {note}" for note in of_target(report, each.target))


def of_everything_assumed(report: CostReport) -> list[str]:
    """Return what a reader must know of the figures: notes on targets, what stands beside them, and the model's."""
    return [*of_targets(report), *of_shared_costs(report), of_types(report), *ASSUMPTIONS]


def _named(found: Estimate) -> str:
    return f"{found.target}, {dollars_or_none(found.usd)} a month"
