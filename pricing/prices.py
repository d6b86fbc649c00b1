"""The price list: unit prices of one Region, and the EC2 instance types that have one."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import msgspec

from deployment.errors import ActionableError

FILE = Path(__file__).with_name("prices.json")
_ARCHITECTURES = ("x86_64", "arm64")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
# The same item costs up to about three times as much in another Region.
_MAX_RATIO = 10
_SHOWN = 5
# What a Compute Savings Plan covers: https://docs.aws.amazon.com/savingsplans/latest/userguide/what-is-savings-plans.html
_COMPUTE = ("fargate-", "ec2-", "lambda-")
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
        free_units: units that an account gets free of charge each month: the first tier of the price list if the offer
            begins above it, and the AWS Free Tier, without its offers for new accounts, otherwise. Default: none.
    """

    id: str
    usd: Decimal
    unit: str
    description: str
    source: str
    read_from: str
    read_on: str
    offer: Offer | None = None
    free_units: Decimal | msgspec.UnsetType = msgspec.UNSET


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


def _fix(path: Path) -> str:
    if path.resolve() == FILE:
        return f"git checkout -- {FILE.parent.name}/{FILE.name}"
    return f"correct the file, or start from a copy of {FILE.parent.name}/{FILE.name}"


def _faults(found: "_File", reference: "PriceList | None") -> Iterator[str]:
    """Yield what is wrong with a file.

    Args:
        found: the file.
        reference: the list that its units and the magnitude of its prices are compared with. Default: none.
    """
    if not _REGION.fullmatch(found.region):
        yield f"region is {found.region!r}; a Region's code is such as us-east-1"
    if found.currency != "USD":
        yield f"currency is {found.currency!r}; all amounts are in USD"
    if not found.prices:
        yield "it has no prices"
    for kind, names in (("price", found.prices), ("instance type", found.instance_types)):
        counts = Counter(each.id if isinstance(each, Price) else each.name for each in names)
        yield from (f"{kind} {name} stands there {count} times" for name, count in counts.items() if count > 1)
    known = {price.id: price for price in reference.prices} if reference else {}
    for price in found.prices:
        yield from _faults_of(price, known.get(price.id))
    priced = {price.id for price in found.prices}
    for each in found.instance_types:
        if f"ec2-{each.name}-hour" not in priced:
            yield f"instance type {each.name} has no price ec2-{each.name}-hour"
        if not (each.vcpus > 0 and each.memory_gib > 0 and each.architecture in _ARCHITECTURES):
            yield f"instance type {each.name} needs vCPUs and memory above 0, and {' or '.join(_ARCHITECTURES)}"


def _faults_of(price: Price, known: Price | None) -> Iterator[str]:
    if not price.usd.is_finite() or price.usd <= 0:
        yield f"{price.id} is {price.usd}; a price is a number above 0"
    elif known and not 1 / _MAX_RATIO <= price.usd / known.usd <= _MAX_RATIO:
        yield f"{price.id} is {price.usd:f}, and {known.usd:f} in {FILE.name}: prices of Regions differ less"
    if known and price.unit != known.unit:
        yield f"{price.id} is for one {price.unit}; its rule takes one {known.unit}"
    try:
        date.fromisoformat(price.read_on)
    except ValueError:
        yield f"{price.id} was read on {price.read_on!r}; a day is YYYY-MM-DD"
    if isinstance(price.free_units, Decimal) and not (price.free_units.is_finite() and price.free_units > 0):
        yield f"{price.id} has {price.free_units} free units; it is a number above 0"
    if price.offer and not (price.offer.multiplier.is_finite() and price.offer.multiplier > 0):
        yield f"{price.id} has the multiplier {price.offer.multiplier}; it is a number above 0"


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
        has_free_tier: whether estimates leave out what the AWS Free Tier gives. Default: False.
        compute_discount_percent: what you pay less for tasks, instances and the duration of functions than on demand,
            with a Compute Savings Plan, Spot or an agreement; the list has no such price. Default: 0.
    """

    region: str
    prices: tuple[Price, ...]
    instance_types: tuple[InstanceType, ...]
    has_free_tier: bool = False
    compute_discount_percent: float = 0

    @classmethod
    def load(cls, path: Path = FILE) -> "PriceList":
        """Read the file, and check each of its prices.

        Raises:
            ActionableError: it is missing, not a price list, or has a price that cannot be right; `cause` lists all.
        """
        try:
            found = msgspec.json.decode(path.read_bytes(), type=_File)
        except OSError as error:
            raise ActionableError(f"{path} is not a price list", str(error.strerror), _fix(path)) from None
        except msgspec.DecodeError as error:
            raise ActionableError(f"{path} is not a price list", str(error), _fix(path)) from None
        reference = None if path.resolve() == FILE else cls.load()
        if faults := list(_faults(found, reference)):
            shown = [*faults[:_SHOWN], *([f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else [])]
            raise ActionableError(f"{path} has prices that cannot be right", "\n".join(shown), _fix(path))
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

    @cached_property
    def free_units(self) -> Mapping[str, float]:
        """Price id -> units that are free of charge each month: first tiers, and the Free Tier if it counts."""
        return {
            price.id: float(price.free_units)
            for price in self.prices
            if isinstance(price.free_units, Decimal)
            and (self.has_free_tier or (price.offer and price.offer.begin_range != "0"))
        }

    def usd(self, price_id: str) -> float:
        """Return the price of one unit.

        Raises:
            UnknownPriceError: the price list has no such price.
        """
        return float(self.price(price_id).usd)

    def discounted_usd(self, price_id: str) -> float:
        """Return the price of one unit, less the discount on compute; the fees on instances have none.

        Raises:
            UnknownPriceError: the price list has no such price.
        """
        is_compute = price_id.startswith(_COMPUTE) and not price_id.endswith("-requests")
        return self.usd(price_id) * (1 - self.compute_discount_percent / 100 if is_compute else 1)

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
