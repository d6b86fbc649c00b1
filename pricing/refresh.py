"""Refresh of the unit prices from the AWS Price List API; a price that the API does not list stays as it is.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from deployment.errors import ActionableError
from pricing.prices import PRICE_LIST_API, Offer, Price, PriceList

ENDPOINT_REGION = "us-east-1"
"""Region of the Price List API's endpoint, whatever Region the prices are for."""


class PriceListClient(Protocol):
    """The operation of boto3's `pricing` client that a refresh uses."""

    def get_products(self, **_: Any) -> Any:
        """Return one page of the products that match the filters."""


@dataclass(frozen=True, kw_only=True)
class RefreshResult:
    """The result of a refresh.

    Attributes:
        prices: the new list.
        read: ids of the prices that were read.
        changed: id -> (old price, new price).
        kept: id -> the reason why the old price stays.
    """

    prices: PriceList
    read: tuple[str, ...]
    changed: Mapping[str, tuple[Decimal, Decimal]]
    kept: Mapping[str, str]


class _NotListedError(Exception):
    """The API does not list exactly one such price."""


def refresh(prices: PriceList, client: PriceListClient) -> RefreshResult:
    """Read every price that the API lists.

    Raises:
        ActionableError: the API cannot be called.
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
                "the AWS price list cannot be read",
                str(error),
                _fix(error),
            ) from None
    pairs = [(old, new) for old, new in zip(prices.prices, found, strict=True) if old.id not in kept]
    return RefreshResult(
        prices=PriceList(prices.region, tuple(found), prices.instance_types),
        read=tuple(new.id for _, new in pairs),
        changed={new.id: (old.usd, new.usd) for old, new in pairs if old.usd != new.usd},
        kept=kept,
    )


def _fix(error: Exception) -> str:
    if isinstance(error, HTTPClientError | NoConnectionError):
        return "check AWS_ENDPOINT_URL and your network; the file is unchanged"
    return "set credentials that allow pricing:GetProducts, such as AWS_PROFILE; the file is unchanged"


def write(prices: PriceList, path: Path) -> None:
    """Replace the file atomically.

    Raises:
        ActionableError: the file cannot be written.
    """
    draft = path.with_suffix(".draft")
    try:
        draft.write_bytes(prices.as_bytes())
        draft.replace(path)
    except OSError as error:
        raise ActionableError(f"{path} cannot be written", str(error.strerror), f"ls -ld {path.parent}") from None


def _read(old: Price, region: str, client: PriceListClient) -> Price:
    if old.offer is None:
        raise _NotListedError("the price list has no single entry for it")
    products = list(_products(old.offer, region, client))
    if len(products) != 1:
        raise _NotListedError(f"{len(products)} products of {old.offer.service_code} match {old.offer.filters}")
    [product] = products
    usd = _first(product, old.offer) * old.offer.multiplier
    return msgspec.structs.replace(
        old,
        # No trailing zeros and no exponent.
        usd=Decimal(f"{usd.normalize():f}"),
        read_from=f"{PRICE_LIST_API}, {old.offer.service_code} version {product['version']}",
        read_on=str(product["publicationDate"])[:10],
    )


def _products(offer: Offer, region: str, client: PriceListClient) -> Iterator[Mapping[str, Any]]:
    match = {**offer.filters, "regionCode": region}
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in sorted(match.items())]
    token: dict[str, str] = {}
    while True:
        page = client.get_products(ServiceCode=offer.service_code, Filters=filters, FormatVersion="aws_v1", **token)
        for product in page.get("PriceList", []):
            yield json.loads(product) if isinstance(product, str) else product
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _first(product: Mapping[str, Any], offer: Offer) -> Decimal:
    terms: Sequence[Mapping[str, Any]] = list(product.get("terms", {}).get("OnDemand", {}).values())
    dimensions = [found for term in terms for found in term["priceDimensions"].values()]
    start = Decimal(offer.begin_range)
    tiers = [found for found in dimensions if Decimal(found.get("beginRange") or 0) == start]
    if len(tiers) != 1:
        raise _NotListedError(f"it has {len(tiers)} on-demand prices from {offer.begin_range} on")
    try:
        return Decimal(tiers[0]["pricePerUnit"]["USD"])
    except (KeyError, InvalidOperation):
        raise _NotListedError("its price is not in US dollars") from None
