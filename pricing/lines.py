"""One line of a bill, as plain data that any program can multiply again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pricing.deployment import Deployment, Resource
from pricing.prices import PriceList

GROUPS: Mapping[str, tuple[str, ...]] = {
    "compute": ("fargate-", "ec2-", "ebs-", "lambda-", "app-runner-", "managed-instances-", "eks-auto-mode-"),
    "cluster": ("eks-cluster-",),
    "door": ("alb-", "http-api-"),
    "nat": ("nat-gateway-",),
    "endpoints": ("vpc-endpoint-",),
    "ipv4": ("public-ipv4-",),
    "watching": ("logs-", "alarm-", "metric-", "container-insights-", "spans-"),
    "data": ("dynamodb-", "secret-", "ecr-"),
    "workflow": ("step-functions-", "pipes-", "sqs-", "sns-"),
}
"""The columns that lines are added up in: beginnings of the ids of their prices."""

GROUP_WORDS: Mapping[str, str] = {
    "door": "load balancer, HTTP API",
    "nat": "NAT gateway",
    "endpoints": "VPC endpoints",
    "ipv4": "public addresses",
    "watching": "logs, metrics, alarms",
    "data": "table, secret, images",
}
"""What stands in the columns whose names do not say it."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something that a resource is billed for: `usd` times `factor` times the month's amount of `driver`.

    Attributes:
        stack: name of the resource's stack.
        resource: logical id.
        type: CloudFormation's type.
        item: what is billed, for people.
        price: id in the price list.
        usd: US dollars for one unit of it.
        factor: units of the price for one unit of the driver.
        driver: what the month's amount is counted in: a name of `Capacity.usage`.
        shared: whether the resource stands in a stack that other targets use, too.
    """

    stack: str
    resource: str
    type: str
    item: str
    price: str
    usd: float
    factor: float
    driver: str
    shared: bool

    @property
    def group(self) -> str:
        """Return the column that the line is added up in."""
        return next(group for group, starts in GROUPS.items() if self.price.startswith(starts))

    def amount(self, usage: Mapping[str, float]) -> float:
        """Return US dollars a month."""
        return self.usd * self.factor * usage[self.driver]


@dataclass(frozen=True)
class Bill:
    """What a rule needs to write lines."""

    deployment: Deployment
    prices: PriceList

    def line(self, resource: Resource, item: str, price: str, driver: str, factor: float = 1, share: float = 1) -> Line:
        """Return a line; `share` is for prices that are a share of another one.

        Raises:
            UnknownPriceError: the list has no such price.
        """
        return Line(
            stack=resource.stack,
            resource=resource.id,
            type=resource.type,
            item=item,
            price=price,
            usd=self.prices.usd(price),
            factor=factor * share,
            driver=driver,
            shared=self.deployment.is_shared(resource),
        )


Rule = Callable[[Resource, Bill], Iterable[Line]]
