"""The cost model of a target: its charges and its capacity, as plain data from which any usage can be priced."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from deployment.errors import ActionableError
from deployment.template import Resource, TargetTemplates
from pricing.capacity import STEPPED_METRICS, Capacity
from pricing.charges import Charge, PricingContext
from pricing.prices import PriceList
from pricing.rules import FREE, PACKINGS, PRICED, UNPRICED
from pricing.usage import Usage
from pricing.workload import WORKLOADS, workload, workload_resources

_Found = TypeVar("_Found")
_NO_REPLICAS = Capacity(
    resource="",
    replica_type="replicas",
    min_replicas=0,
    max_replicas=10**9,
    vcpus=1,
    target_cpu_percent=100,
    memory_mib=10**9,
    scaling_metric="",
)
# https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html
_CLOSED = {"AWS::AppRunner::Service": "closed to new customers since 2026-04-30"}
_NOTES = {
    "AWS::AppRunner::Service": (
        "AWS does not document whether health checks keep an instance active and billed; the estimate assumes not"
    ),
    "AWS::WAFv2::WebACLAssociation": (
        "the requests that the web ACL inspects are included; a web ACL that is not part of the app and its rules are"
        " not, and count by month"
    ),
    "AWS::ECS::ExpressGatewayService": (
        "the load balancer counts in full; up to 25 Express Mode services of a VPC can share it"
    ),
    "AWS::EKS::Cluster": (
        "the cluster counts in full; other services can share it. The service's log stays on the node; shipping it"
        " is not included"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Units of one price that are free of charge each month.

    Attributes:
        price_id: the price.
        unit_price_usd: US dollars for one unit.
        units: how many are free.
        quantities: usage metric -> priced units for one unit of it, in all charges of the price.
    """

    price_id: str
    unit_price_usd: float
    units: float
    quantities: Mapping[str, float]

    def usd(self, usage_metrics: Mapping[str, float]) -> float:
        """Return the US dollars that are not billed."""
        used = sum(quantity * usage_metrics[metric] for metric, quantity in self.quantities.items())
        return self.unit_price_usd * min(self.units, used)


@dataclass(frozen=True, kw_only=True)
class CostModel:
    """The cost of a target, as far as its templates determine it.

    Attributes:
        target: the target's id.
        stacks: the target's own stack first, then its dependencies.
        capacity: what runs the service, and how it scales.
        charges: of all priced resources.
        allowances: what is free of charge of these. Default: nothing.
        unpriced: resource types that may have a cost but have no rule, each with the reason.
        notes: limitations of this target's estimate.
        closed_to_new_customers: since when AWS accepts no new customers; "" if the platform is available.
    """

    target: str
    stacks: tuple[str, ...]
    capacity: Capacity
    charges: tuple[Charge, ...]
    allowances: tuple[Allowance, ...] = ()
    unpriced: tuple[str, ...]
    notes: tuple[str, ...] = ()
    closed_to_new_customers: str = ""

    def breakpoints(self, usage: Usage) -> Iterator[float]:
        """Yield the request rates at which the cost jumps or changes its slope; it is linear between them."""
        if {charge.usage_metric for charge in self.charges} & STEPPED_METRICS:
            yield from self.capacity.breakpoints(usage)
        idle, one = (self.capacity.usage_metrics(usage.at(rate)) for rate in (0, 1))
        for allowance in self.allowances:
            before, after = (
                sum(quantity * metrics[metric] for metric, quantity in allowance.quantities.items())
                for metrics in (idle, one)
            )
            if after > before:
                yield (allowance.units - before) / (after - before)


def cost_model(templates: TargetTemplates, prices: PriceList) -> CostModel:
    """Read a target's cost model from its templates.

    Raises:
        ActionableError: a resource has no price, or is configured in a way that its rule does not know.
    """
    found = workload_resources(templates)
    if len(found) != 1:
        raise ActionableError(
            f"the resource that runs the replicas of {templates.target.id} is unknown",
            f"{templates.target.stack} has {len(found)} of the types {', '.join(sorted(WORKLOADS))}",
            "add its type to pricing/workload.py",
        )
    [resource] = found
    runs = _readable(resource, lambda: workload(resource, templates))
    packing = None
    if resource.type in PACKINGS:
        packing = _readable(resource, lambda: PACKINGS[resource.type](templates, runs, prices))
    context = PricingContext(templates=templates, prices=prices, workload=runs, packing=packing)
    return _cost_model(context, Capacity.of(runs, packing, prices))


def shared_cost_model(templates: TargetTemplates, prices: PriceList) -> CostModel:
    """Read the cost model of the stacks that belong to no target and run no replicas.

    Raises:
        ActionableError: a resource has no price, or is configured in a way that its rule does not know.
    """
    return _cost_model(PricingContext(templates=templates, prices=prices), _NO_REPLICAS)


def pricing_status(type_: str) -> str:
    """Return "priced", "free" or "unpriced" for a CloudFormation type; an unknown type is unpriced."""
    return "priced" if type_ in PRICED else "free" if type_ in FREE else "unpriced"


def _cost_model(context: PricingContext, capacity: Capacity) -> CostModel:
    resources = context.templates.resources
    charges = [charge for found in resources if found.type in PRICED for charge in _charges(found, context)]
    unpriced = sorted({found.type for found in resources if pricing_status(found.type) == "unpriced"})
    return CostModel(
        target=context.templates.target.id,
        stacks=tuple(context.templates.templates),
        capacity=capacity,
        charges=tuple(charges),
        allowances=tuple(_allowances(charges, context.prices)),
        unpriced=tuple(f"{type_}: {UNPRICED.get(type_, 'no rule and no reason yet')}" for type_ in unpriced),
        notes=tuple(_notes(context, capacity, charges)),
        closed_to_new_customers="".join(_CLOSED.get(found.type, "") for found in resources),
    )


def _allowances(charges: Sequence[Charge], prices: PriceList) -> Iterator[Allowance]:
    for price_id, units in prices.free_units.items():
        quantities: dict[str, float] = defaultdict(float)
        for charge in charges:
            if charge.price_id == price_id:
                quantities[charge.usage_metric] += charge.quantity
        if quantities:
            price = prices.discounted_usd(price_id)
            yield Allowance(price_id=price_id, unit_price_usd=price, units=units, quantities=dict(quantities))


def _charges(resource: Resource, context: PricingContext) -> list[Charge]:
    return _readable(resource, lambda: list(PRICED[resource.type](resource, context)))


def _readable(resource: Resource, read: Callable[[], _Found]) -> _Found:
    """Return what is read of a resource; a configuration that no rule knows becomes an error with a fix."""
    try:
        return read()
    except (LookupError, TypeError, ValueError) as error:
        raise ActionableError(
            f"{resource.stack}/{resource.logical_id} ({resource.type}) cannot be priced",
            f"{type(error).__name__}: {error}",
            "extend pricing/workload.py or its rule in pricing/rules",
        ) from error


def _notes(context: PricingContext, capacity: Capacity, charges: Sequence[Charge]) -> Iterator[str]:
    yield from (_NOTES[found.type] for found in context.templates.resources if found.type in _NOTES)
    if any(_has_spot_tasks(found) for found in context.templates.all("AWS::ECS::Service")):
        yield (
            "tasks on Fargate Spot are charged like those on demand, an upper limit: the price of Spot changes, and the"
            " AWS price list does not have it"
        )
    packing = capacity.packing
    if packing:
        content = "a replica" if packing.replica else "the cluster's add-ons"
        yield (
            f"AWS selects the instances; the estimate assumes {packing.instance_type}, the cheapest type that fits"
            f" {content}, with at least one instance in each of {packing.zones} Availability Zones"
        )
    for name in sorted({charge.price_id[4:-5] for charge in charges if charge.price_id.startswith("ec2-")}):
        baseline = context.prices.instance_type(name).baseline_percent
        if baseline and capacity.target_cpu_percent > baseline:
            yield f"{name} is charged for CPU credits above {baseline:g} % utilization, which is not included"


def _has_spot_tasks(service: Resource) -> bool:
    strategy = service.properties.get("CapacityProviderStrategy", [])
    return any(each.get("CapacityProvider") == "FARGATE_SPOT" for each in strategy)
