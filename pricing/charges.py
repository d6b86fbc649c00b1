"""The charges of a target: plain data that any program can multiply by its own usage."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from deployment.template import Resource, TargetTemplates
from pricing.packing import Packing
from pricing.prices import PriceList
from pricing.workload import Workload

CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "compute": ("fargate-", "ec2-", "ebs-", "lambda-", "app-runner-", "managed-instances-", "eks-auto-mode-"),
    "cluster": ("eks-cluster-",),
    "ingress": ("alb-", "http-api-", "waf-"),
    "nat": ("nat-gateway-",),
    "endpoints": ("vpc-endpoint-",),
    "ipv4": ("public-ipv4-",),
    "monitoring": ("logs-", "alarm-", "metric-", "dashboard-", "container-insights-", "spans-"),
    "data": ("dynamodb-", "secret-", "ecr-"),
    "workflow": ("step-functions-", "pipes-", "scheduler-", "sqs-", "sns-"),
}
"""Cost category -> prefixes of the price ids that it adds up."""

CATEGORY_LABELS: Mapping[str, str] = {
    "ingress": "load balancer, HTTP API",
    "nat": "NAT gateway",
    "endpoints": "VPC endpoints",
    "ipv4": "public IPv4 addresses",
    "monitoring": "logs, metrics, alarms, spans",
    "data": "table, secret, images",
}
"""Descriptions of the categories whose names are not enough."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One charge of a resource: unit price x quantity x the month's amount of the usage metric.

    Attributes:
        stack: name of the resource's stack.
        resource: logical id.
        type: CloudFormation type.
        item: what is billed, for people.
        price_id: id in the price list.
        unit_price_usd: US dollars for one unit.
        quantity: priced units for one unit of the usage metric.
        usage_metric: a key of `Capacity.usage_metrics`.
        shared: whether the resource is part of a stack that other targets use, too.
    """

    stack: str
    resource: str
    type: str
    item: str
    price_id: str
    unit_price_usd: float
    quantity: float
    usage_metric: str
    shared: bool

    @property
    def category(self) -> str:
        """The cost category, a key of `CATEGORIES`."""
        return next(category for category, prefixes in CATEGORIES.items() if self.price_id.startswith(prefixes))

    def usd(self, usage_metrics: Mapping[str, float]) -> float:
        """Return US dollars per month."""
        return self.unit_price_usd * self.quantity * usage_metrics[self.usage_metric]


@dataclass(frozen=True, kw_only=True)
class PricingContext:
    """The input of every price rule.

    Attributes:
        templates: the target's templates.
        prices: the price list.
        workload: what runs the service; None for stacks without a target.
        packing: the instances that AWS starts for it; None if it starts none.
    """

    templates: TargetTemplates
    prices: PriceList
    workload: Workload | None = None
    packing: Packing | None = None

    def is_shared(self, resource: Resource) -> bool:
        """Whether the resource is part of a stack that other targets use, too."""
        return self.templates.is_shared(resource)

    def charge(
        self, resource: Resource, item: str, price_id: str, usage_metric: str, quantity: float = 1, share: float = 1
    ) -> Charge:
        """Return a charge.

        Args:
            resource: what is billed.
            item: the name of the charge.
            price_id: id in the price list.
            usage_metric: a key of `Capacity.usage_metrics`.
            quantity: priced units for one unit of the usage metric.
            share: the price that `price_id` is a percentage of. Default: it is none.

        Raises:
            UnknownPriceError: the price list has no such price.
        """
        return Charge(
            stack=resource.stack,
            resource=resource.logical_id,
            type=resource.type,
            item=item,
            price_id=price_id,
            unit_price_usd=self.prices.discounted_usd(price_id),
            quantity=quantity * share,
            usage_metric=usage_metric,
            shared=self.is_shared(resource),
        )


Rule = Callable[[Resource, PricingContext], Iterable[Charge]]
