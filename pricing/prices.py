"""The price list: unit prices of one Region, and the EC2 instance types that have one."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import msgspec

from deployment.errors import ActionableError

FILE = Path(__file__).with_name("prices.json")
PRICE_LIST_API = "AWS price list"
"""Prefix of `Price.read_from` where the price was read from the AWS Price List API."""


class UnknownPriceError(ActionableError):
    """A price id that the price list does not have."""

    def __init__(self, price_id: str) -> None:
        super().__init__(
            f"unknown price {price_id!r}",
            "pricing/prices.json has no such entry",
            "add it there with its unit, source and date",
        )


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The entry of a price in the AWS Price List API.

    Attributes:
        service_code: such as "AmazonECS".
        filters: product attribute -> value; together they match one product of the Region.
        begin_range: start of the pricing tier in the API's unit. Default: "0", the first tier.
        multiplier: API units in one unit of ours, such as 1000000 where ours is a million requests. Default: 1.
    """

    service_code: str
    filters: dict[str, str]
    begin_range: str = "0"
    multiplier: Decimal = Decimal(1)


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """One unit price.

    Attributes:
        id: such as "fargate-x86-vcpu-hour".
        usd: US dollars for one unit, without taxes, free tiers and discounts.
        unit: such as "vCPU-hour".
        description: what is sold.
        source: AWS's pricing page.
        read_from: where the number was read; the price list API after a refresh.
        read_on: the day, as YYYY-MM-DD.
        offer: its entry in the AWS Price List API. Default: none, the price cannot be refreshed.
    """

    id: str
    usd: Decimal
    unit: str
    description: str
    source: str
    read_from: str
    read_on: str
    offer: Offer | None = None


class InstanceType(msgspec.Struct, frozen=True, kw_only=True):
    """An EC2 instance type.

    Attributes:
        name: such as "t3.small".
        vcpus: number of vCPUs.
        memory_gib: GiB of memory.
        architecture: "x86_64" or "arm64".
        baseline_percent: CPU utilization above which a burstable type consumes CPU credits. Default: not burstable.
    """

    name: str
    vcpus: int
    memory_gib: float
    architecture: str
    baseline_percent: float | None = None

    @property
    def memory_mib(self) -> float:
        """MiB of memory."""
        return self.memory_gib * 1024


class _File(msgspec.Struct, frozen=True, kw_only=True):
    region: str
    currency: str
    prices: list[Price]
    instance_types: list[InstanceType]


@dataclass(frozen=True)
class PriceList:
    """All unit prices of one Region.

    Attributes:
        region: code of the AWS Region, such as "us-east-1".
        prices: in the order in which they are shown.
        instance_types: those that have a price.
    """

    region: str
    prices: tuple[Price, ...]
    instance_types: tuple[InstanceType, ...]

    @classmethod
    def load(cls, path: Path = FILE) -> "PriceList":
        """Read the file.

        Raises:
            ActionableError: it is missing or not a price list.
        """
        try:
            found = msgspec.json.decode(path.read_bytes(), type=_File)
        except (OSError, msgspec.DecodeError) as error:
            raise ActionableError(f"{path} is not a price list", str(error), f"git checkout -- {path.name}") from None
        return cls(found.region, tuple(found.prices), tuple(found.instance_types))

    def as_bytes(self) -> bytes:
        """Return the file's bytes: the same list, the same bytes."""
        file = _File(
            region=self.region, currency="USD", prices=list(self.prices), instance_types=list(self.instance_types)
        )
        return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"

    @property
    def provenance(self) -> str:
        """The source of the prices, with the oldest day on which one was read, as text."""
        own, count = sum(price.read_from.startswith(PRICE_LIST_API) for price in self.prices), len(self.prices)
        source = "the AWS price list" if own == count else "public copies of the AWS price list"
        if 0 < own < count:
            source = f"the AWS price list ({own} of {count}) and public copies of it"
        return f"prices from {source}, read {min(price.read_on for price in self.prices)}"

    def usd(self, price_id: str) -> float:
        """Return the price of one unit.

        Raises:
            UnknownPriceError: the price list has no such price.
        """
        return float(self.price(price_id).usd)

    def price(self, price_id: str) -> Price:
        """Return a price by its id.

        Raises:
            UnknownPriceError: the price list has no such price.
        """
        if price_id not in self._by_id:
            raise UnknownPriceError(price_id)
        return self._by_id[price_id]

    def instance_type(self, name: str) -> InstanceType:
        """Return an instance type by its name.

        Raises:
            UnknownPriceError: the price list has no such type.
        """
        for found in self.instance_types:
            if found.name == name:
                return found
        raise UnknownPriceError(f"ec2-{name}-hour")

    @cached_property
    def _by_id(self) -> Mapping[str, Price]:
        return {price.id: price for price in self.prices}
