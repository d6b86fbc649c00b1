"""The cost report: everything about the cost of an app's targets, as data for all formats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deployment.assembly import Assembly
from deployment.errors import ActionableError
from deployment.template import TargetTemplates, shared_templates, target_templates
from pricing.break_even import (
    BreakEvenPoint,
    break_even_points,
    cheapest,
    cheapest_ranges,
    cost_curve,
    max_requests_per_second,
)
from pricing.charges import Charge
from pricing.cost_model import CostModel, cost_model, pricing_status, shared_cost_model
from pricing.estimate import Estimate, estimate
from pricing.ingress import INGRESSES, IngressChoice, with_ingress
from pricing.prices import PriceList
from pricing.sizes import ReplicaSize
from pricing.usage import HOURS_PER_MONTH, Usage

ASSUMPTIONS = (
    f"a month has {HOURS_PER_MONTH} hours; on-demand list prices of the first tier that costs anything: no taxes or"
    " discounts",
    "each target is priced as if it were the only one: shared stacks, such as the NAT gateway, count in full",
    "requests are spread evenly over the hours with load; scaling is immediate and meets the template's target value",
    "execution environments of Lambda are planned at 60 % of their maximum: requests arrive at random",
    "one vCPU does the same work on every platform; a replica with a share of a vCPU takes that much longer",
    "the log events of Container Insights are included in its metrics' price; stored logs are compressed to 15 %",
    "not included, because AWS does not say whether a metric that exists for a minute is billed for an hour: Container"
    " Insights of the workflow's one-shot tasks, up to $2.20 for each thousand tasks",
    "one request in ten opens a new connection to a load balancer; an HTTP API bills the larger of request and"
    " response in increments of 512 KB",
    "the CPU time of health checks is not included: at one check of 5 ms a second and replica of 0.25 vCPU, 2 % of it",
    "not included: data transfer to the internet, in us-east-1 $0.09 a GB after 100 GB a month, and between"
    " Availability Zones, which is the same for all targets; the time in which a function sends its spans; deployments;"
    " surplus CPU credits of T instances; image pulls; reading logs and traces",
    "break-even points are exact: the cost is linear in the request rate between two numbers of replicas",
)


@dataclass(frozen=True, kw_only=True)
class CostReport:
    """The cost of all targets of one assembly.

    "Available" means open to new customers.

    Attributes:
        usage: what is priced.
        spec_overrides: fields of the service spec that differ from the app's own.
        unsupported_targets: a sentence for each target that does not support that spec.
        region: code of the AWS Region.
        has_free_tier: whether the estimates leave out what the AWS Free Tier gives.
        compute_discount_percent: what compute costs less than on demand.
        ingress: what the targets are priced behind, a key of `pricing.ingress.INGRESSES`.
        other_ingresses: the other keys, each with the cost models behind it.
        region_warning: that the templates are for other Regions than the prices; "" if they are not.
        price_source: where the unit prices come from and when they were read, as text.
        cost_models: each target as plain data.
        estimates: each target's month, in the same order.
        shared_costs: the month of the stacks that belong to no target; None without any.
        shared_charges: the charges of these stacks.
        cheapest: the cheapest target that supports the usage; None if none does.
        cheapest_available: the cheapest available one.
        max_requests_per_second: the highest request rate that any template supports.
        max_requests_per_second_available: the highest one of an available target.
        ranges: (request rate, cheapest target from there on).
        ranges_available: the same of the available targets.
        break_even_points: of all pairs of targets.
        curves: target -> (requests per second, US dollars per month).
        resource_types: CloudFormation type -> "priced", "free" or "unpriced".
    """

    usage: Usage
    spec_overrides: Mapping[str, object]
    unsupported_targets: tuple[str, ...]
    region: str
    has_free_tier: bool
    compute_discount_percent: float
    ingress: IngressChoice
    other_ingresses: Mapping[IngressChoice, tuple[CostModel, ...]]
    region_warning: str
    price_source: str
    cost_models: tuple[CostModel, ...]
    estimates: tuple[Estimate, ...]
    shared_costs: Estimate | None
    shared_charges: tuple[Charge, ...]
    cheapest: str | None
    cheapest_available: str | None
    max_requests_per_second: float
    max_requests_per_second_available: float
    ranges: tuple[tuple[float, str], ...]
    ranges_available: tuple[tuple[float, str], ...]
    break_even_points: tuple[BreakEvenPoint, ...]
    curves: dict[str, tuple[tuple[float, float], ...]]
    resource_types: dict[str, str]

    @property
    def idle_usd(self) -> dict[str, float]:
        """Target -> US dollars per month without a request."""
        return {found.target: found.idle_usd for found in self.estimates}

    def estimate(self, target: str) -> Estimate:
        """Return a target's month.

        Raises:
            ActionableError: the assembly has no such target.
        """
        for found in self.estimates:
            if found.target == target:
                return found
        names = ", ".join(found.target for found in self.estimates)
        raise ActionableError(f"unknown target {target!r}", f"the assembly has {names}", "name one of these")


def cost_report(
    assembly: Assembly,
    usage: Usage,
    prices: PriceList,
    spec_overrides: Mapping[str, object] | None = None,
    unsupported_targets: Sequence[str] = (),
    ingress: IngressChoice = "template",
) -> CostReport:
    """Price every target of an assembly.

    Args:
        assembly: what to price.
        usage: what to price it for.
        prices: the unit prices.
        spec_overrides: the fields of the service spec with which the assembly was synthesised. Default: the app's own.
        unsupported_targets: a sentence for each target that was left out for them. Default: none.
        ingress: what the targets are priced behind. Default: what their templates have.

    Raises:
        ActionableError: the assembly has no target, or a resource cannot be priced.
    """
    found = target_templates(assembly)
    if not found:
        raise ActionableError(f"{assembly.path} declares no target", "nothing to price", "python -m local_aws run")
    left = shared_templates(assembly)
    shared = shared_cost_model(left, prices) if left else None
    return CostReport(
        usage=usage,
        spec_overrides=dict(spec_overrides or {}),
        unsupported_targets=tuple(unsupported_targets),
        region=prices.region,
        has_free_tier=prices.has_free_tier,
        region_warning=_region_warning(assembly, prices),
        price_source=prices.provenance,
        shared_costs=estimate(shared, usage) if shared else None,
        shared_charges=shared.charges if shared else (),
        resource_types=_resource_types([*found, left] if left else found),
        compute_discount_percent=prices.compute_discount_percent,
        ingress=ingress,
        **_behind(tuple(cost_model(each, prices) for each in found), ingress, prices, usage),
    )


def at_size(report: CostReport, size: ReplicaSize) -> CostReport:
    """Return the report for the same usage and replicas of that size; the same one if it is the report's own size."""
    if size.cost_models == report.cost_models:
        return report
    return replace(report, **_behind(size.cost_models, report.ingress, PriceList.load(), report.usage))


def _behind(
    cost_models: tuple[CostModel, ...], ingress: IngressChoice, prices: PriceList, usage: Usage
) -> dict[str, Any]:
    behind = {each: with_ingress(cost_models, each, prices) for each in INGRESSES}
    others = {each: found for each, found in behind.items() if each != ingress}
    return {"other_ingresses": others, **_figures(behind[ingress], usage)}


def _figures(cost_models: tuple[CostModel, ...], usage: Usage) -> dict[str, Any]:
    available = [model for model in cost_models if not model.closed_to_new_customers]
    highest = max_requests_per_second(cost_models, usage)
    return {
        "cost_models": cost_models,
        "estimates": tuple(estimate(model, usage) for model in cost_models),
        "cheapest": cheapest(cost_models, usage),
        "cheapest_available": cheapest(available, usage),
        "max_requests_per_second": highest,
        "max_requests_per_second_available": max_requests_per_second(available, usage),
        "ranges": tuple(cheapest_ranges(cost_models, usage)),
        "ranges_available": tuple(cheapest_ranges(available, usage)),
        "break_even_points": tuple(break_even_points(cost_models, usage)),
        "curves": {model.target: tuple(cost_curve(model, usage, highest)) for model in cost_models},
    }


def _region_warning(assembly: Assembly, prices: PriceList) -> str:
    """Stacks without a Region of their own are priced in that of the list."""
    regions = sorted({region for _, region in assembly.environments if region} - {prices.region})
    if not regions:
        return ""
    return (
        f"the templates are for {', '.join(regions)}, the prices for {prices.region}: "
        f"python -m comparison prices --refresh --region {regions[0]} --file prices.{regions[0]}.json reads those of"
        f" {regions[0]}, and cost --prices uses them"
    )


def _resource_types(found: Sequence[TargetTemplates]) -> dict[str, str]:
    types = sorted({resource.type for one in found for resource in one.resources})
    return {type_: pricing_status(type_) for type_ in types}
