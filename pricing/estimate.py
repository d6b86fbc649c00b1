"""The monthly cost of one target for a given usage, and its line items."""

from collections.abc import Mapping
from dataclasses import dataclass

from pricing.cost_model import CostModel
from pricing.usage import Usage


@dataclass(frozen=True, kw_only=True)
class LineItem:
    """One part of a monthly estimate.

    Attributes:
        item: what is billed.
        category: cost category, a key of `pricing.charges.CATEGORIES`.
        resource: logical id of the billed resource.
        stack: its stack.
        shared: whether other targets use the resource, too.
        usd: US dollars per month.
    """

    item: str
    category: str
    resource: str
    stack: str
    shared: bool
    usd: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The monthly estimate of one target.

    Attributes:
        target: the target's id.
        unsupported_reason: why its template does not support the usage; "" if it does.
        replicas: running under load; the template's maximum where the usage is unsupported.
        replica_type: what a replica is there, in the plural.
        usd: US dollars per month; None where the usage is unsupported.
        idle_usd: US dollars per month without a request.
        usage_metrics: the month's amount of each usage metric.
        line_items: the parts of `usd`, in the order of the templates; of `idle_usd` where the usage is unsupported.
        idle_line_items: the parts of `idle_usd`.
    """

    target: str
    unsupported_reason: str
    replicas: int
    replica_type: str
    usd: float | None
    idle_usd: float
    usage_metrics: Mapping[str, float]
    line_items: tuple[LineItem, ...]
    idle_line_items: tuple[LineItem, ...]


def monthly_usd(cost_model: CostModel, usage: Usage) -> float:
    """Return US dollars per month, whether the template supports the usage or not."""
    metrics = cost_model.capacity.usage_metrics(usage)
    free = sum(allowance.usd(metrics) for allowance in cost_model.allowances)
    return sum(charge.usd(metrics) for charge in cost_model.charges) - free


def estimate(cost_model: CostModel, usage: Usage) -> Estimate:
    """Price a month of the usage on one target."""
    capacity, idle = cost_model.capacity, usage.at(0)
    unsupported_reason, idle_line_items = capacity.unsupported_reason(usage), _line_items(cost_model, idle)
    return Estimate(
        target=cost_model.target,
        unsupported_reason=unsupported_reason,
        replicas=capacity.max_replicas if unsupported_reason else capacity.required_replicas(usage),
        replica_type=capacity.replica_type,
        usd=None if unsupported_reason else monthly_usd(cost_model, usage),
        idle_usd=monthly_usd(cost_model, idle),
        usage_metrics=capacity.usage_metrics(usage),
        line_items=idle_line_items if unsupported_reason else _line_items(cost_model, usage),
        idle_line_items=idle_line_items,
    )


def _line_items(cost_model: CostModel, usage: Usage) -> tuple[LineItem, ...]:
    metrics = cost_model.capacity.usage_metrics(usage)
    free = {allowance.price_id: allowance.usd(metrics) for allowance in cost_model.allowances}
    billed = []
    for charge in cost_model.charges:
        usd = charge.usd(metrics)
        not_billed = min(usd, free.get(charge.price_id, 0))
        free[charge.price_id] = free.get(charge.price_id, 0) - not_billed
        billed.append(usd - not_billed)
    return tuple(
        LineItem(
            item=charge.item,
            category=charge.category,
            resource=charge.resource,
            stack=charge.stack,
            shared=charge.shared,
            usd=usd,
        )
        for charge, usd in zip(cost_model.charges, billed, strict=True)
    )
