"""The list of unit prices, and of the instance types that they are for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import msgspec

from deployment.errors import ActionableError
from pricing.errors import UnknownPriceError

FILE = Path(__file__).with_name("prices.json")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Where AWS's price list holds a price.

    Attributes:
        service: AWS's code of the offer, such as "AmazonECS".
        match: attribute of the product -> its value; together they name one product of the Region.
        start: where the tier begins, in the list's unit: "0" for the first.
        times: units of the list in one of ours, such as 1000000 where ours is a million.
    """

    service: str
    match: dict[str, str]
    start: str = msgspec.field(name="from", default="0")
    times: Decimal = Decimal(1)


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of something costs.

    Attributes:
        usd: US dollars for one unit, without taxes, free tiers and discounts.
        unit: what is counted.
        what: what is sold.
        page: AWS's page that states it.
        seen_in: where the figure was read, as the page itself was not at hand; the price list after a refresh.
        read: the day, as YYYY-MM-DD.
        offer: where AWS's price list holds it; None where it has no single entry.
    """

    id: str
    usd: Decimal
    unit: str
    what: str
    page: str
    seen_in: str
    read: str
    offer: Offer | None = None


class InstanceType(msgspec.Struct, frozen=True, kw_only=True):
    """A size of EC2 instances.

    Attributes:
        name: such as "t3.small".
        vcpus: processors it shows.
        memory_gib: GiB of memory.
        architecture: "x86_64" or "arm64".
        baseline_percent: load of its processors above which a burstable type is charged for more; None for others.
    """

    name: str
    vcpus: int
    memory_gib: float
    architecture: str
    baseline_percent: float | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True):
    region: str
    currency: str
    prices: list[Price]
    instance_types: list[InstanceType]


@dataclass(frozen=True)
class PriceList:
    """All prices, of one Region.

    Attributes:
        region: AWS's code of the Region, such as "us-east-1".
        prices: in the order in which they are shown.
        instance_types: the sizes that have a price.
    """

    region: str
    prices: tuple[Price, ...]
    instance_types: tuple[InstanceType, ...]

    @classmethod
    def load(cls, path: Path = FILE) -> "PriceList":
        """Read the file.

        Raises:
            ActionableError: it is not there, or is no list of prices.
        """
        try:
            found = msgspec.json.decode(path.read_bytes(), type=_File)
        except (OSError, msgspec.DecodeError) as error:
            raise ActionableError(f"{path} is no list of prices", str(error), f"git checkout -- {path.name}") from None
        return cls(found.region, tuple(found.prices), tuple(found.instance_types))

    def as_bytes(self) -> bytes:
        """Return the file's bytes: the same list, the same bytes."""
        file = _File(
            region=self.region, currency="USD", prices=list(self.prices), instance_types=list(self.instance_types)
        )
        return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"

    def usd(self, price: str) -> float:
        """Return what one unit costs.

        Raises:
            UnknownPriceError: the list does not hold it.
        """
        return float(self.price(price).usd)

    def price(self, price: str) -> Price:
        """Return the price of that id.

        Raises:
            UnknownPriceError: the list does not hold it.
        """
        if price not in self._by_id:
            raise UnknownPriceError(price)
        return self._by_id[price]

    def instance_type(self, name: str) -> InstanceType:
        """Return what an instance type has.

        Raises:
            UnknownPriceError: the list does not hold it.
        """
        for found in self.instance_types:
            if found.name == name:
                return found
        raise UnknownPriceError(f"ec2-{name}-hour")

    @cached_property
    def _by_id(self) -> Mapping[str, Price]:
        return {price.id: price for price in self.prices}
