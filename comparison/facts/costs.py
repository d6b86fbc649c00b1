"""Cost facts beyond the cost report: titles, assumptions in one sentence, and months by replica size."""

from collections.abc import Mapping, Sequence

from comparison.formatting import rate
from pricing.estimate import estimate
from pricing.ingress import INGRESSES
from pricing.prices import Price, PriceList
from pricing.report import CostReport
from pricing.sizes import ReplicaSize, default_size
from pricing.usage import Usage

BY_SIZE = "Monthly cost of the default load, by replica size"
ASSUMED = "Assumptions of the estimates"
"""Titles that every format shows."""


def used_prices(report: CostReport) -> tuple[Price, ...]:
    """Return the unit prices that some number of the report uses."""
    charges = [charge for model in report.cost_models for charge in model.charges]
    used = {charge.price_id for charge in (*charges, *report.shared_charges)}
    return tuple(price for price in PriceList.load().prices if price.id in used)


def assumptions(report: CostReport, usage: Usage, size: ReplicaSize | None = None) -> str:
    """Return the usage and the replica size as text, and what the estimates include."""
    always_on = "replicas as the templates say" if usage.always_on is None else f"at least {usage.always_on:g} replicas"
    hours = f"{usage.hours_a_day:g} {'hour' if usage.hours_a_day == 1 else 'hours'}"
    work = f"{usage.cpu_seconds * 1000:g} ms of vCPU time and {usage.wait_seconds * 1000:g} ms of waiting"
    return (
        f"{rate(usage.requests_per_second)} requests/s for {hours} a day, each {work}; "
        f"{(size or default_size(report.cost_models)).name}; {always_on}; {INGRESSES[report.ingress]}; "
        f"{report.region}, on demand, no free tier, no tax; "
        "shared network, table and secret count in full; without targets that are closed to new customers"
    )


def monthly_usd_by_size(usage: Usage, sizes: Sequence[ReplicaSize]) -> Mapping[str, tuple[float | None, ...]]:
    """Return target -> US dollars per month at each size; None where its template does not support the usage."""
    months = [{model.target: estimate(model, usage).usd for model in size.cost_models} for size in sizes]
    return {target: tuple(month.get(target) for month in months) for target in months[0]}
