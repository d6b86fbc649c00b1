"""Checks of quotas that one deployment can exceed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

from botocore.exceptions import ClientError

from deployment.preflight import capacity
from deployment.preflight.account import Account, error_code
from deployment.preflight.check import Check
from deployment.preflight.checks import zones
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan

_QUOTA_ACTIONS = ("servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota")
# AWS publishes usage metrics every five minutes.
_USAGE_PERIOD_S = 300
_USAGE_WINDOW = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota of an account in a Region.

    Attributes:
        name: what it counts.
        service: the service's code in Service Quotas.
        code: the quota's code there; "" for one that Service Quotas does not list.
        default: the value where Service Quotas returns none.
        types: resource types that use it.
        needed: returns how much the deployment adds.
        used: returns how much is in use. Default: the quota's usage metric in CloudWatch.
        permissions: IAM actions of `needed` and `used`.
    """

    name: str
    service: str
    code: str
    default: float
    types: tuple[str, ...]
    needed: Callable[[Plan, Account], float]
    used: Callable[[Plan, Account], float] | None = None
    permissions: tuple[str, ...] = ()

    @property
    def check(self) -> str:
        """Name of the check."""
        return f"quota: {self.name}"


def judge(quota: Quota, needed: float, used: float, value: float) -> Finding:
    """Return whether a quota has room for the deployment."""
    state = f"{used:g} of {value:g} in use, {needed:g} more needed"
    if used + needed <= value:
        return passed(quota.check, state)
    page = f"https://console.aws.amazon.com/servicequotas/home/services/{quota.service}/quotas"
    fix = (
        f"aws service-quotas request-service-quota-increase --service-code {quota.service} "
        f"--quota-code {quota.code} --desired-value {ceil(used + needed)}"
        if quota.code
        else f"request an increase: {page}"
    )
    return failed(quota.check, state, fix, "or delete what you no longer need")


def _new(plan: Plan, account: Account, type_: str) -> float:
    return len(account.new_resources(plan, type_))


def _count(_plan: Plan, account: Account, service: str, operation: str, key: str) -> float:
    return sum(1 for _ in account.pages(service, operation, key))


def _addresses(_plan: Plan, account: Account) -> float:
    return len(account.client("ec2").describe_addresses()["Addresses"])


def _load_balancers(_plan: Plan, account: Account) -> float:
    found = account.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    return float(sum(balancer["Type"] == "application" for balancer in found))


def _nat_gateways(plan: Plan, account: Account) -> float:
    """Return the number of NAT gateways in the fullest zone that the deployment uses."""
    filters = [{"Name": "state", "Values": ["pending", "available"]}]
    subnets = [
        found["SubnetId"] for found in account.pages("ec2", "describe_nat_gateways", "NatGateways", Filters=filters)
    ]
    if not subnets:
        return 0
    described = account.pages("ec2", "describe_subnets", "Subnets", SubnetIds=sorted(set(subnets)))
    zone_of = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in described}
    used = [zone_of[subnet] for subnet in subnets if subnet in zone_of]
    chosen = zones.names_of_nat_gateways(plan, account)
    return max((used.count(zone) for zone in chosen), default=0)


QUOTAS = (
    Quota(
        name="VPCs",
        service="vpc",
        code="L-F678F1CE",
        default=5,
        types=("AWS::EC2::VPC",),
        needed=partial(_new, type_="AWS::EC2::VPC"),
        used=partial(_count, service="ec2", operation="describe_vpcs", key="Vpcs"),
        permissions=("ec2:DescribeVpcs",),
    ),
    Quota(
        name="Elastic IP addresses",
        service="ec2",
        code="L-0263D0A3",
        default=5,
        types=("AWS::EC2::EIP",),
        needed=partial(_new, type_="AWS::EC2::EIP"),
        used=_addresses,
        permissions=("ec2:DescribeAddresses",),
    ),
    Quota(
        name="NAT gateways in a zone",
        service="vpc",
        code="L-FE5A380F",
        default=5,
        types=("AWS::EC2::NatGateway",),
        needed=lambda plan, account: min(1, _new(plan, account, "AWS::EC2::NatGateway")),
        used=_nat_gateways,
        permissions=("ec2:DescribeNatGateways", "ec2:DescribeSubnets", "ec2:DescribeAvailabilityZones"),
    ),
    Quota(
        name="VPC Links",
        service="apigateway",
        code="",
        default=10,
        types=("AWS::ApiGatewayV2::VpcLink",),
        needed=partial(_new, type_="AWS::ApiGatewayV2::VpcLink"),
        used=lambda _plan, account: len(account.client("apigatewayv2").get_vpc_links(MaxResults="100")["Items"]),
        permissions=("apigateway:GET",),
    ),
    Quota(
        name="Application Load Balancers",
        service="elasticloadbalancing",
        code="L-53DA6B97",
        default=50,
        types=("AWS::ElasticLoadBalancingV2::LoadBalancer",),
        needed=partial(_new, type_="AWS::ElasticLoadBalancingV2::LoadBalancer"),
        used=_load_balancers,
        permissions=("elasticloadbalancing:DescribeLoadBalancers",),
    ),
    Quota(
        name="Fargate vCPUs",
        service="fargate",
        code="L-3032A538",
        default=6,
        types=capacity.ON_FARGATE,
        needed=capacity.fargate_vcpus,
        permissions=("cloudwatch:GetMetricStatistics",),
    ),
    Quota(
        name="EC2 vCPUs",
        service="ec2",
        code="L-1216C47A",
        default=5,
        types=capacity.ON_EC2,
        needed=capacity.ec2_vcpus,
        permissions=("cloudwatch:GetMetricStatistics", "ec2:DescribeInstanceTypes"),
    ),
)


def _run(plan: Plan, account: Account, quota: Quota) -> Iterator[Finding]:
    needed = quota.needed(plan, account)
    if not needed:
        yield passed(quota.check, "nothing more needed")
        return
    described = _described(account, quota)
    used = quota.used(plan, account) if quota.used else _usage(account, described)
    yield judge(quota, needed, used, float(described.get("Value", quota.default)))


def _described(account: Account, quota: Quota) -> dict[str, Any]:
    """Return the quota as Service Quotas describes it: the account's own value, or the default."""
    client = account.client("service-quotas") if quota.code else None
    for operation in ("get_service_quota", "get_aws_default_service_quota") if client else ():
        try:
            found: dict[str, Any] = getattr(client, operation)(ServiceCode=quota.service, QuotaCode=quota.code)["Quota"]
        except ClientError as error:
            if error_code(error) != "NoSuchResourceException":
                raise
        else:
            return found
    return {}


def _usage(account: Account, described: dict[str, Any]) -> float:
    """Return the latest value of a quota's usage metric; 0 if there is none, as without any usage."""
    metric = described.get("UsageMetric")
    if not metric:
        return 0
    now = datetime.now(UTC)
    points = account.client("cloudwatch").get_metric_statistics(
        Namespace=metric["MetricNamespace"],
        MetricName=metric["MetricName"],
        Dimensions=[{"Name": name, "Value": value} for name, value in metric["MetricDimensions"].items()],
        StartTime=now - _USAGE_WINDOW,
        EndTime=now,
        Period=_USAGE_PERIOD_S,
        Statistics=["Maximum"],
    )["Datapoints"]
    return float(max(points, key=lambda point: point["Timestamp"])["Maximum"]) if points else 0


CHECKS = tuple(
    Check(
        name=quota.check,
        permissions=(*(_QUOTA_ACTIONS if quota.code else ()), *quota.permissions),
        is_needed=lambda plan, quota=quota: plan.has(*quota.types),  # type: ignore[misc]
        run=partial(_run, quota=quota),
    )
    for quota in QUOTAS
)
