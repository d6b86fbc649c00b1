"""Check of the Availability Zones of a VPC Link: API Gateway supports some zones only."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from deployment.preflight.account import Account
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, not_checked, passed
from deployment.preflight.plan import Plan
from deployment.template import Resource

NAME = "VPC Link zones"
TABLE = Path(__file__).parents[2] / "vpc_link_zones.toml"
_LINK = "AWS::ApiGatewayV2::VpcLink"
# A zone of a template: its name, or its place in the list that `Fn::GetAZs` returns.
Zone = str | int


@cache
def supported_zones() -> Mapping[str, Sequence[str]]:
    """Return Region -> zone IDs that AWS lists for VPC Links."""
    zones: Mapping[str, Sequence[str]] = tomllib.loads(TABLE.read_text())["zones"]
    return zones


@cache
def source() -> str:
    """Return the page of AWS that the table was read from."""
    return str(tomllib.loads(TABLE.read_text())["source"])


def zones_of(plan: Plan, link: Resource) -> list[Zone]:
    """Return the zones of the subnets of a VPC Link, as far as the templates tell."""
    subnets = [plan.follow(link, subnet) for subnet in link.properties.get("SubnetIds", ())]
    found = [_zone(subnet.properties.get("AvailabilityZone")) for subnet in subnets if subnet]
    return [zone for zone in found if zone is not None]


def _zone(value: object) -> Zone | None:
    if isinstance(value, str):
        return value
    selected = value.get("Fn::Select") if isinstance(value, Mapping) else None
    is_listed = isinstance(selected, list) and isinstance(selected[1], Mapping) and "Fn::GetAZs" in selected[1]
    return int(selected[0]) if is_listed and isinstance(selected, list) else None


def judge(chosen: Sequence[Zone], ids: Mapping[str, str], listed: Sequence[str], region: str, plan: Plan) -> Finding:
    """Return whether a VPC Link can be created in the chosen zones.

    Args:
        chosen: zones of the template.
        ids: zone name -> zone ID in this account.
        listed: zone names in the order in which `Fn::GetAZs` returns them.
        region: the Region.
        plan: the deployment, for the command.
    """
    supported = supported_zones().get(region)
    if supported is None:
        return not_checked(NAME, f"AWS's page lists no zones of {region}: {source()}")
    missing = [zone for zone in chosen if isinstance(zone, int) and zone >= len(listed)]
    names = [listed[zone] if isinstance(zone, int) else zone for zone in chosen if zone not in missing]
    unknown = [name for name in names if name not in ids]
    wrong = [name for name in names if name in ids and ids[name] not in supported]
    if not (missing or unknown or wrong):
        return passed(NAME, ", ".join(f"{name} is {ids[name]}" for name in names))
    usable = [name for name in sorted(ids) if ids[name] in supported]
    parts = [
        *(f"{name} is {ids[name]}, which VPC Links do not support" for name in wrong),
        *(f"{name} is no zone of this account" for name in unknown),
        *(["the account has too few zones"] if missing else []),
    ]
    if len(usable) < 2:
        fix = f"choose another Region: {region} has {len(usable)} supported zones in this account"
    else:
        fix = plan.command("-c", f"availability_zones={','.join(usable[:2])}")
    return failed(NAME, "; ".join(parts), fix, source=source())


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    links = account.new_resources(plan, _LINK)
    if not links:
        yield passed(NAME, "the VPC Link exists")
        return
    ids = zone_ids(account)
    listed = default_zones(account, ids)
    for link in links:
        yield judge(zones_of(plan, link), ids, listed, account.region, plan)


def names_of_nat_gateways(plan: Plan, account: Account) -> set[str]:
    """Return the names of the zones of new NAT gateways."""
    subnets = [
        plan.follow(gateway, gateway.properties.get("SubnetId"))
        for gateway in account.new_resources(plan, "AWS::EC2::NatGateway")
    ]
    chosen = [_zone(subnet.properties.get("AvailabilityZone")) for subnet in subnets if subnet]
    listed = default_zones(account, zone_ids(account))
    names = [listed[zone] if isinstance(zone, int) and zone < len(listed) else zone for zone in chosen]
    return {name for name in names if isinstance(name, str)}


def zone_ids(account: Account) -> dict[str, str]:
    """Return the account's zones in the Region: name -> zone ID."""
    response = account.client("ec2").describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
    )
    return {zone["ZoneName"]: zone["ZoneId"] for zone in response["AvailabilityZones"]}


def default_zones(account: Account, ids: Mapping[str, str]) -> list[str]:
    """Return the zones that `Fn::GetAZs` lists: those with a default subnet, or all if no zone has one."""
    filters = [{"Name": "default-for-az", "Values": ["true"]}]
    subnets = account.pages("ec2", "describe_subnets", "Subnets", Filters=filters)
    return sorted({subnet["AvailabilityZone"] for subnet in subnets} & ids.keys()) or sorted(ids)


CHECK = Check(
    name=NAME,
    permissions=("ec2:DescribeAvailabilityZones", "ec2:DescribeSubnets"),
    is_needed=lambda plan: plan.has(_LINK),
    run=_run,
)
