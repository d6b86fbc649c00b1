"""The Availability Zones of the networks."""

import pytest

from tests.conftest import Synthesise, Template, resources


def zones(template: Template) -> set[str]:
    return {str(subnet["AvailabilityZone"]) for subnet in resources(template, "AWS::EC2::Subnet")}


def test_zones_can_be_chosen(variant: Synthesise) -> None:
    """HTTP APIs do not support VPC Links in every zone, and names map to other zones in each account."""
    templates = variant(context={"availability_zones": "us-east-1b,us-east-1d"}).templates
    for stack in ("OrdersNetwork", "OrdersPublicNetwork"):
        assert zones(templates[stack]) == {"us-east-1b", "us-east-1d"}


@pytest.mark.parametrize("value", ["us-east-1a", "us-east-1a,us-east-1a", "a,b,c"])
def test_another_number_of_zones_is_rejected(value: str, variant: Synthesise) -> None:
    with pytest.raises(
        ValueError, match=r"availability_zones='.*allowed: two different zones.*describe-availability-zones"
    ):
        variant(context={"availability_zones": value})
