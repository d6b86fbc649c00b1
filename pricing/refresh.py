"""Fetches the prices anew from AWS's price list; whatever it does not hold keeps the figure that is there.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from comparison.costs.provenance import OWN_LIST
from deployment.errors import ActionableError
from pricing.prices import Offer, Price, PriceList

ENDPOINT_REGION = "us-east-1"
"""Where the price list is asked, whatever Region the prices are of."""


class Client(Protocol):
    """What is used of boto3's client of the price list."""

    def get_products(self, **_: Any) -> Any:
        """Return products that match filters, one page of them."""


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What became of a refresh.

    Attributes:
        prices: the new list.
        read: ids whose price was read.
        changed: id -> what it cost before and costs now.
        kept: id -> why the old price stays.
    """

    prices: PriceList
    read: tuple[str, ...]
    changed: Mapping[str, tuple[Decimal, Decimal]]
    kept: Mapping[str, str]


class _NotListedError(Exception):
    """The price list has no single such price."""


def refresh(prices: PriceList, client: Client) -> Refreshed:
    """Read every price that the price list holds.

    Raises:
        ActionableError: AWS cannot be asked.
    """
    found, kept = [], {}
    for old in prices.prices:
        try:
            found.append(_read(old, prices.region, client))
        except _NotListedError as cause:
            found.append(old)
            kept[old.id] = str(cause)
        except (BotoCoreError, ClientError) as error:
            raise ActionableError(
                "AWS's price list cannot be read",
                str(error),
                "give credentials that allow pricing:GetProducts, as AWS_PROFILE or otherwise; the file is unchanged",
            ) from None
    pairs = [(old, new) for old, new in zip(prices.prices, found, strict=True) if old.id not in kept]
    return Refreshed(
        prices=PriceList(prices.region, tuple(found), prices.instance_types),
        read=tuple(new.id for _, new in pairs),
        changed={new.id: (old.usd, new.usd) for old, new in pairs if old.usd != new.usd},
        kept=kept,
    )


def write(prices: PriceList, path: Path) -> None:
    """Replace the file whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(prices.as_bytes())
    draft.replace(path)


def _read(old: Price, region: str, client: Client) -> Price:
    if old.offer is None:
        raise _NotListedError("the price list has no single entry for it")
    products = list(_products(old.offer, region, client))
    if len(products) != 1:
        raise _NotListedError(f"{len(products)} products of {old.offer.service} match {old.offer.match}")
    [product] = products
    usd = _first(product, old.offer) * old.offer.times
    return msgspec.structs.replace(
        old,
        # Without zeros at the end, and never with an exponent.
        usd=Decimal(f"{usd.normalize():f}"),
        seen_in=f"{OWN_LIST}, {old.offer.service} version {product['version']}",
        read=str(product["publicationDate"])[:10],
    )


def _products(offer: Offer, region: str, client: Client) -> Iterator[Mapping[str, Any]]:
    match = {**offer.match, "regionCode": region}
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in sorted(match.items())]
    token: dict[str, str] = {}
    while True:
        page = client.get_products(ServiceCode=offer.service, Filters=filters, FormatVersion="aws_v1", **token)
        for product in page.get("PriceList", []):
            yield json.loads(product) if isinstance(product, str) else product
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _first(product: Mapping[str, Any], offer: Offer) -> Decimal:
    terms: Sequence[Mapping[str, Any]] = list(product.get("terms", {}).get("OnDemand", {}).values())
    dimensions = [found for term in terms for found in term["priceDimensions"].values()]
    start = Decimal(offer.start)
    tiers = [found for found in dimensions if Decimal(found.get("beginRange") or 0) == start]
    if len(tiers) != 1:
        raise _NotListedError(f"it has {len(tiers)} on-demand prices from {offer.start} on")
    try:
        return Decimal(tiers[0]["pricePerUnit"]["USD"])
    except (KeyError, InvalidOperation):
        raise _NotListedError("its price is not in US dollars") from None
